import { suite } from 'node:test';
import { cutRemedies } from '../support/remedy-cuts.ts';

suite('the connection is cut at every phase of a remedy, in both ways', { concurrency: 4 }, () => {
  cutRemedies(() => true);
});

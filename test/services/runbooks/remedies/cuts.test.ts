import { suite } from 'node:test';
import { cutRemedies } from '../../../support/remedy-cuts.ts';

// Each remedy in one of the two ways; `npm run torture` cuts every one in both.
suite('the connection is cut at every phase of a remedy, and it still cures', { concurrency: 4 }, () => {
  cutRemedies((how, nth) => (nth % 2 === 0) === (how === 'cut before'));
});

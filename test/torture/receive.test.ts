import { test } from 'node:test';
import { killReceiving } from '../support/hq-loops.ts';

test('killed at every step there is and run again, headquarters ends in the same state', async t => {
  await killReceiving(t);
});

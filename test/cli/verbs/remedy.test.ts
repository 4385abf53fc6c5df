import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choicesOf } from '../../../main/cli/verbs/remedy.ts';
import { failing } from '../../support/failing.ts';

test('answers on the command line are name and value; several of one name are joined', () => {
  assert.deepEqual(choicesOf(['away=/a b', 'time=now', 'away=/c=d', 'none=']), [
    { name: 'away', value: '/a b\n/c=d' },
    { name: 'time', value: 'now' },
    { name: 'none', value: '' },
  ]);
});

test('an answer without a name is wrong usage', async () => {
  for (const word of ['yes', '=yes', ''])
    assert.match((await failing('bad-ask', () => choicesOf([word]))).says, /NAME=VALUE/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answersTo } from '../../../../main/core/runbook/remedies/answers.ts';
import type { RemedyField } from '../../../../preload/contract/doctor.ts';
import { failing } from '../../../support/failing.ts';

const field = (
  name: string,
  kind: RemedyField['kind'],
  value: string,
  options: string[] = [],
): RemedyField => ({
  name,
  kind,
  value,
  label: name,
  says: '',
  options: options.map(one => ({ value: one, label: one })),
});
const fields = [
  field('time', 'text', 'now'),
  field('line', 'choice', 'a', ['a', 'b']),
  field('away', 'many', 'x\ny', ['x', 'y', 'z']),
  field('sure', 'flag', 'no'),
];

test('what is not answered stays as proposed, and the last answer counts', () => {
  const all = answersTo(fields, [
    { name: 'away', value: '' },
    { name: 'line', value: 'a' },
    { name: 'line', value: 'b' },
  ]);
  assert.equal(all.text('time'), 'now');
  assert.equal(all.text('line'), 'b');
  assert.deepEqual(all.many('away'), []);
  assert.equal(all.yes('sure'), false);
  assert.deepEqual(answersTo(fields, []).many('away'), ['x', 'y']);
});

for (const [name, value] of [
  ['line', 'c'],
  ['away', 'x\n/etc'],
  ['sure', 'maybe'],
  ['time', 'a\nb'],
  ['time', 'a\u0000b'],
  ['other', 'x'],
] as const)
  test(`“${name}” is not answered with ${JSON.stringify(value)}`, async () => {
    const { says } = await failing('bad-ask', () => answersTo(fields, [{ name, value }]));
    assert.match(says, new RegExp(`“${name}”`));
  });

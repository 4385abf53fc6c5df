import assert from 'node:assert/strict';
import { test } from 'node:test';
import { membershipIn } from '../../../../main/core/runbook/restore-many/voters.ts';

const answer = (members: readonly unknown[]): string => JSON.stringify({ members });
const member = (name: string, more: object = {}) => ({
  ID: 15664038745852706440n.toString(),
  name,
  peerURLs: ['https://10.0.1.101:2380'],
  clientURLs: ['https://10.0.1.101:2379'],
  ...more,
});

test('a server votes once etcd lists it as a member that is no learner', () => {
  const list = answer([member('cp1-782c3d1e'), member('cp2-90cada12', { isLearner: true })]);
  assert.equal(membershipIn(list, 'cp1'), 'votes');
  assert.equal(membershipIn(list, 'cp2'), 'learns');
  assert.equal(membershipIn(list, 'cp3'), 'absent');
});

test('a member that was added and never came up does not count, nor does a longer name', () => {
  assert.equal(membershipIn(answer([member('cp1-782c3d1e', { clientURLs: undefined })]), 'cp1'), 'absent');
  assert.equal(membershipIn(answer([member('cp1-old-782c3d1e')]), 'cp1'), 'absent');
  assert.equal(membershipIn(answer([member('cp1-old-782c3d1e')]), 'cp1-old'), 'votes');
});

test('an answer that is no list of members tells nothing', () => {
  for (const other of ['', 'Unauthorized', '{"kind":"Status"}', '[]'])
    assert.equal(membershipIn(other, 'cp1'), undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Failure } from '../../../preload/contract/failure.ts';
import { nodeAbout, saysNoAnswer } from '../../../renderer/features/rescue/about.ts';
import { node, nodes, sites } from '../../support/page/made-up.ts';

const known = [
  node(nodes.summit, sites.north, 'summit-1', { address: '192.168.40.11' }),
  node(nodes.hut, sites.north, 'hut-2', { address: '192.168.40.12', port: 2222 }),
];
const failure = (about: string, code: Failure['code'] = 'unreachable'): Failure => ({
  code,
  says: 'No answer on SSH within 10 s.',
  about,
});

test('the node a failure names is found by its name or its address', () => {
  assert.equal(nodeAbout(known, failure('summit-1 (192.168.40.11)')), nodes.summit);
  assert.equal(nodeAbout(known, failure('hut-2')), nodes.hut);
  assert.equal(nodeAbout(known, failure('tech at 192.168.40.12:2222')), nodes.hut);
});

test('a name counts more than an address, which two nodes may share behind one router', () => {
  const twins = [...known, node(nodes.long, sites.north, 'hut-3', { address: '192.168.40.12', port: 2223 })];
  assert.equal(nodeAbout(twins, failure('hut-3 (192.168.40.12)')), nodes.long);
  assert.equal(nodeAbout(twins, failure('192.168.40.12')), undefined);
});

test('a failure that names no node, or two, leads to the choice of a node', () => {
  assert.equal(nodeAbout(known, failure('the stick')), undefined);
  assert.equal(nodeAbout(known, failure('summit-1 and hut-2')), undefined);
  assert.equal(nodeAbout(known, failure('summit-11')), undefined);
});

test('only a node that does not answer leads to its rescue', () => {
  assert.deepEqual(
    (['unreachable', 'link-lost', 'login-refused', 'host-key-changed', 'cancelled'] as const).map(code =>
      saysNoAnswer(failure('summit-1', code)),
    ),
    [true, true, false, false, false],
  );
});

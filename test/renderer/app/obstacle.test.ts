import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Failure, FailureCode } from '../../../preload/contract/failure.ts';
import { failureKinds } from '../../../preload/contract/failure.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';
import { nodeOf, obstacleOf, secretOf } from '../../../renderer/features/app/obstacle.ts';

const node = 'n' as NodeId;
const failure = (code: FailureCode, facts?: Failure['facts']): Failure => ({
  code,
  says: 'No.',
  ...(facts && { facts }),
});

test('an unknown host key is put before the technician with its fingerprint', () => {
  const facts = { fingerprint: 'SHA256:abc', keyType: 'ssh-ed25519', host: '10.0.0.2' };
  const obstacle = obstacleOf(failure('host-key-unknown', facts), node);
  assert.deepEqual(obstacle && { ...obstacle, failure: undefined }, {
    is: 'host-key',
    node,
    ...facts,
    failure: undefined,
  });
});

test('a changed or revoked host key can never be clicked away', () => {
  for (const code of ['host-key-changed', 'host-key-revoked'] as const)
    assert.equal(obstacleOf(failure(code, { fingerprint: 'SHA256:abc' }), node), undefined);
});

test('only what one answer can clear is asked; all other failures are shown', () => {
  const asked = (Object.keys(failureKinds) as FailureCode[]).filter(code =>
    obstacleOf(failure(code, { fingerprint: 'SHA256:abc' }), node),
  );
  assert.deepEqual(asked, [
    'host-key-unknown',
    'vault-locked',
    'password-needed',
    'passphrase-needed',
    'sudo-password-needed',
  ]);
});

test('a wrong password is not sent again: the technician is asked and told that it was refused', () => {
  const first = obstacleOf(failure('password-needed'), node);
  const second = obstacleOf(failure('password-needed'), node, true);
  assert.equal(first?.is === 'secret' && first.refused, false);
  assert.equal(second?.is === 'secret' && second.refused, true);
});

test('in emergency mode the password of root is asked for, not that of the node’s user', () => {
  const kindAsked = (found: ReturnType<typeof obstacleOf>): string =>
    found?.is === 'secret' ? found.kind : '';
  assert.equal(kindAsked(obstacleOf(failure('password-needed', { secret: 'root' }), node)), 'root');
  assert.equal(kindAsked(obstacleOf(failure('password-needed', { secret: 'password' }), node)), 'password');
  assert.equal(secretOf(failure('login-refused', { secret: 'root' })), 'root');
  assert.equal(secretOf(failure('login-refused')), 'password');
});

test('the node is found in the arguments of a call, also inside what a plan is asked for', () => {
  assert.equal(nodeOf({ node: 'a' }), 'a');
  assert.equal(nodeOf({ ask: { is: 'install-single', node: 'b' } }), 'b');
  assert.equal(nodeOf({ site: 'c' }), undefined);
  assert.equal(nodeOf(undefined), undefined);
});

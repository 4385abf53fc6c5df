import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proofParts } from '../../../preload/contract/snapshots/proof.ts';
import type { ProofPart, ProofPartName } from '../../../preload/contract/snapshots/proof.ts';
import { ontoVersion, newestVersions } from '../../../main/core/snapshot-proof/k3s-versions.ts';
import { isProven, ofTheSite, thatMatter, verdictOf } from '../../../main/core/snapshot-proof/verdict.ts';

type Standing = ProofPart['is'];
const all = (is: Partial<Record<ProofPartName, Standing>> = {}): { part: ProofPartName; is: Standing }[] =>
  proofParts.map(part => ({ part, is: is[part] ?? 'passed' }));

test('a whole site is promised only when every part of it passed', () => {
  assert.equal(verdictOf(all()), 'site-restorable');
  for (const part of ofTheSite)
    for (const is of ['warning', 'failed', 'not-checked'] as const)
      assert.equal(verdictOf(all({ [part]: is })), 'cluster-restorable', `${part} ${is}`);
});

test('one part that matters and failed, or could not be checked, is enough; a failure weighs more', () => {
  for (const part of thatMatter) {
    assert.equal(verdictOf(all({ [part]: 'failed' })), 'not-restorable', part);
    assert.equal(verdictOf(all({ [part]: 'not-checked' })), 'not-proven', part);
    assert.ok(isProven(verdictOf(all({ [part]: 'warning' }))), part);
    const other = part === 'keys' ? 'pages' : 'keys';
    assert.equal(verdictOf(all({ [part]: 'failed', [other]: 'not-checked' })), 'not-restorable', part);
  }
});

test('age, members and quota decide nothing', () => {
  for (const part of ['age', 'members', 'quota'] as const)
    for (const is of ['warning', 'failed', 'not-checked'] as const)
      assert.equal(verdictOf(all({ [part]: is })), 'site-restorable');
});

test('a part that is not there at all counts as not checked', () => {
  assert.equal(verdictOf([]), 'not-proven');
  assert.equal(verdictOf(all().filter(each => each.part !== 'token')), 'not-proven');
});

test('the same version is the path, one minor up warns, more and every lower one is refused', () => {
  const table = [
    ['v1.33.5+k3s1', 'v1.33.5+k3s1', 'same'],
    ['v1.33.5+k3s1', 'v1.33.5+k3s2', 'newer-patch'],
    ['v1.33.5+k3s1', 'v1.33.11+k3s1', 'newer-patch'],
    ['v1.33.5+k3s1', 'v1.34.0+k3s1', 'one-minor-up'],
    ['v1.33.5+k3s1', 'v1.35.0+k3s1', 'too-new'],
    ['v1.33.5+k3s1', 'v2.33.5+k3s1', 'too-new'],
    ['v1.33.5+k3s2', 'v1.33.5+k3s1', 'lower'],
    ['v1.33.5+k3s1', 'v1.33.4+k3s9', 'lower'],
    ['v1.33.5+k3s1', 'v1.9.9+k3s1', 'lower'],
    ['v1.33.5+k3s1', 'unknown', 'unknown'],
    ['', 'v1.33.5+k3s1', 'unknown'],
  ] as const;
  for (const [snapshot, node, is] of table)
    assert.equal(ontoVersion(snapshot, node), is, `${snapshot} ${node}`);
  assert.deepEqual(newestVersions(['v1.9.1+k3s1', 'v1.33.5+k3s1', 'nonsense', 'v1.33.5+k3s1']), [
    'v1.33.5+k3s1',
    'v1.9.1+k3s1',
  ]);
});

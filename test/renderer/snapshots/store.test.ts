import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Snapshot, SnapshotCheck } from '../../../preload/contract/domain.ts';
import {
  attention,
  keptOf,
  markPulled,
  needsToken,
  verdictOf,
} from '../../../renderer/features/snapshots/store.ts';
import type { ProofPart, ProofPartName, SnapshotProof } from '../../../preload/contract/snapshots/proof.ts';
import * as made from '../../support/page/made-up.ts';

const checked = (check: Partial<SnapshotCheck>): Snapshot => ({
  ...made.pulledNow,
  check: { ...made.pulledNow.check, intact: false, ...check },
});

test('a snapshot is intact only when the host measured it to be', () => {
  assert.equal(verdictOf(made.pulledNow), 'intact');
  assert.equal(verdictOf(checked({ trailer: 'holds', reference: 'equal' })), 'not-proven');
});

test('a checksum that holds without anything to compare with proves nothing', () => {
  assert.equal(verdictOf(checked({ trailer: 'holds', reference: 'none' })), 'not-proven');
});

test('damaged is said of a broken checksum and of a copy that differs', () => {
  assert.equal(verdictOf(checked({ trailer: 'broken', reference: 'none' })), 'damaged');
  assert.equal(verdictOf(checked({ trailer: 'holds', reference: 'different' })), 'damaged');
});

test('the catalogue shows one site, newest first', () => {
  assert.deepEqual(
    keptOf([...made.snapshots, made.pulledNow], made.sites.north).map(each => each.savedAt),
    [made.pulledNow, ...made.snapshots].map(each => each.savedAt),
  );
  assert.deepEqual(keptOf(made.snapshots, made.sites.dome), []);
});

test('a pulled snapshot is marked in the list of the node', () => {
  assert.equal(markPulled(made.nodeSnapshots, made.pulledNow)[1]?.pulled, made.pulledNow.id);
});

const proof = (...standings: readonly (readonly [ProofPartName, ProofPart['is']])[]): SnapshotProof =>
  ({
    parts: standings.map(([part, is]) => ({ part, is, title: part, says: '' })),
    status: {},
  }) as unknown as SnapshotProof;

test('what failed is read first, and nothing that passed stands among it', () => {
  const { look, passed } = attention(
    proof(['file', 'passed'], ['age', 'warning'], ['token', 'not-checked'], ['pages', 'failed']),
  );
  assert.deepEqual(
    look.map(each => each.part),
    ['pages', 'token', 'age'],
  );
  assert.deepEqual(
    passed.map(each => each.part),
    ['file'],
  );
});

test('a token is asked for only where one could help', () => {
  assert.equal(needsToken(proof(['token', 'not-checked'])), true);
  assert.equal(needsToken(proof(['token', 'failed'])), true);
  assert.equal(needsToken(proof(['token', 'passed'])), false);
  const { status: _, ...unread } = proof(['token', 'not-checked']);
  assert.equal(needsToken(unread), false, 'a file that is no snapshot needs none');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notTheBest, placeInMetrics, placeInNames } from '../../../../main/core/runbook/restore-many/raft.ts';

test('how far a running etcd has come is read from its numbers', () => {
  const metrics = '# HELP x\netcd_server_proposals_applied_total 5141\netcd_server_proposals_pending 0\n';
  assert.deepEqual(placeInMetrics(metrics), { applied: 5141, sure: true });
  assert.deepEqual(placeInMetrics('etcd_server_proposals_applied_total 1.2e+06\n'), {
    applied: 1_200_000,
    sure: true,
  });
  for (const other of ['', 'etcd_server_proposals_applied_total NaN', 'connection refused'])
    assert.equal(placeInMetrics(other), undefined);
});

test('how far a stopped etcd has come at least is read from the names of its files', () => {
  const names = [
    '0000000000000000-0000000000000000.wal',
    '0000000000000002-0000000000002af8.wal',
    '0000000000000004-0000000000002710.snap',
    '0.tmp',
    'db',
  ];
  assert.deepEqual(placeInNames(names), { applied: 0x2af8, sure: false });
  assert.equal(placeInNames(['db', '0.tmp']), undefined);
});

test('the server that is reset is the one that came furthest; another would lose what lies between', () => {
  const at = (name: string, applied: number) => ({ name, place: { applied, sure: true } });
  assert.equal(notTheBest(at('cp2', 900), [at('cp3', 880), { name: 'cp4', place: undefined }]), undefined);
  assert.equal(notTheBest(at('cp2', 900), [at('cp3', 900)]), undefined);
  assert.match(
    notTheBest(at('cp2', 900), [at('cp3', 901), at('cp4', 950)]) ?? '',
    /^cp2 came to entry 900, and cp4 to entry 950/,
  );
  assert.match(notTheBest({ name: 'cp2', place: undefined }, [at('cp3', 1)]) ?? '', /cp3/);
});

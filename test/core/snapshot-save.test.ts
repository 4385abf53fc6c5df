import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roomToSave, saidInJournal, saved } from '../../main/core/snapshot-save.ts';

const log = (level: string, text: string): string =>
  `time="2026-01-05T00:00:04Z" level=${level} msg="${text}"\n`;
const warning = log('warning', 'Unknown flag --cluster-init found in config.yaml, skipping');

test('a saved snapshot is known by its name, warnings about config.yaml mean nothing', () => {
  const stderr = warning + warning + log('info', 'Snapshot on-demand-cp-1-1767571204 saved.');
  assert.deepEqual(saved(0, '', stderr), { is: 'saved', name: 'on-demand-cp-1-1767571204' });
});

test('an old K3s names the file it saves to', () => {
  const stderr = log(
    'info',
    'Saving etcd snapshot to /var/lib/rancher/k3s/server/db/snapshots/on-demand-a-1700000000',
  );
  assert.deepEqual(saved(0, '', stderr), { is: 'saved', name: 'on-demand-a-1700000000' });
  assert.equal(saved(1, '', stderr).is, 'unknown');
});

test('exit status 0 without the sentence is not taken for a snapshot', () => {
  assert.equal(saved(0, '', warning).is, 'unknown');
});

test('every way a save fails is told apart', () => {
  const fatal = (text: string): ReturnType<typeof saved> => saved(1, '', warning + log('fatal', text));
  assert.deepEqual(fatal('see server log for details: etcd-snapshot error ID 48213'), {
    is: 'see-journal',
    errorId: '48213',
  });
  assert.equal(fatal('snapshot save already in progress').is, 'busy');
  assert.equal(fatal('Unable to take snapshot: not supported for learner').is, 'learner');
  assert.equal(fatal('Error: dial tcp 127.0.0.1:6443: connect: connection refused').is, 'down');
  assert.equal(saved(127, '', 'sh: /usr/local/bin/k3s: not found').is, 'no-k3s');
  assert.deepEqual(fatal('something \\"new\\"'), { is: 'unknown', line: 'something "new"' });
});

test('the journal line with the error number says what happened', () => {
  const journal = `${log('error', 'etcd-snapshot error ID 4821: other')}${log('error', 'etcd-snapshot error ID 48213: no space left on device')}`;
  assert.equal(saidInJournal(journal, '48213'), 'etcd-snapshot error ID 48213: no space left on device');
  assert.equal(saidInJournal(journal, '1'), undefined);
});

test('a snapshot needs twice the database and the room below which pods are evicted', () => {
  const space = { totalBytes: 1000, databaseBytes: 100 };
  assert.deepEqual(roomToSave({ ...space, freeBytes: 250 }), { enough: true, wantedBytes: 250 });
  assert.equal(roomToSave({ ...space, freeBytes: 249 }).enough, false);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  goersIn,
  kindOfGoer,
  oldArchives,
  oldSnapshots,
  tooFull,
} from '../../../../main/core/runbook/remedies/free-disk.ts';

const d = '/var/lib/rancher/k3s';

test('only what was put aside, known archives, snapshots and named kinds may go', () => {
  for (const path of [
    `${d}/server/db/etcd`,
    `${d}/server/db/etcd-old-1/../etcd`,
    `${d}/server/tls`,
    `${d}/server/token`,
    `${d}/agent/containerd`,
    `${d}/agent/images/../../server/token`,
    `${d}/server/db/snapshots/`,
    `${d}/server/db/snapshots/..`,
    '/etc',
    'etc',
    '',
  ])
    assert.equal(kindOfGoer(path), undefined, path);
  assert.equal(kindOfGoer(`${d}/server/db/etcd-old-1750000000`), 'etcd-old');
  assert.equal(kindOfGoer(`${d}/server/db-old-20260101`), 'etcd-old');
  assert.equal(kindOfGoer(`${d}/server/tls-1750000000`), 'tls-old');
  assert.equal(kindOfGoer('journal'), 'journal');
});

test('what is empty or unknown is not offered', () => {
  assert.deepEqual(
    goersIn(['0 0 apt', '10 1 logs', `5 2 ${d}/server/db/etcd-old-1`, '9 9 /home', 'x']).map(
      ({ value }) => value,
    ),
    ['logs', `${d}/server/db/etcd-old-1`],
  );
});

test('the newest snapshot always stays', () => {
  assert.deepEqual(oldSnapshots([]), []);
  assert.deepEqual(oldSnapshots([{ path: 'a', at: 1 }]), []);
  assert.deepEqual(
    oldSnapshots([
      { path: 'a', at: 1 },
      { path: 'c', at: 3 },
      { path: 'b', at: 2 },
    ]),
    ['b', 'a'],
  );
});

test('an archive goes only when it surely is of another version and the running one’s is there', () => {
  const at = (name: string) => `${d}/agent/images/k3s-airgap-images-amd64.${name}`;
  const known = (sha: string) => ({ old: ['v1'], now: ['v2'], both: ['v1', 'v2'] })[sha] ?? [];
  const there = ['old', 'now', 'both', 'strange'].map(sha256 => ({ path: at(`tar.${sha256}`), sha256 }));
  assert.deepEqual(oldArchives(there, 'v2', known), [at('tar.old')]);
  assert.deepEqual(
    oldArchives(
      there.filter(({ sha256 }) => sha256 === 'old'),
      'v2',
      known,
    ),
    [],
  );
  assert.deepEqual(oldArchives(there, undefined, known), []);
  assert.deepEqual(
    oldArchives([{ path: `${d}/agent/images/mine.tar`, sha256: 'old' }, ...there], 'v2', known),
    [at('tar.old')],
  );
});

test('a disk is too full by bytes or by inodes', () => {
  const roomy = { total: 1e9, free: 5e8, inodes: 1e6, freeInodes: 5e5 };
  assert.equal(tooFull(roomy), undefined);
  assert.match(tooFull({ ...roomy, free: 4e7 }) ?? '', /free of/);
  assert.match(tooFull({ ...roomy, freeInodes: 10 }) ?? '', /inodes/);
  assert.equal(tooFull({ ...roomy, inodes: undefined, freeInodes: undefined }), undefined);
});

import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { inMemory } from '../../main/core/bbolt/page-source.ts';
import { readSnapshot } from '../../main/core/etcd-snapshot/read.ts';
import type { Reading } from '../../main/core/etcd-snapshot/read.ts';
import { work } from '../../main/machine/work.ts';
import type { SnapshotStatus } from '../../preload/contract/domain.ts';
import { Etcd, etcds } from '../support/etcd.ts';
import { allKeys, etcdctl, fill } from '../support/etcd-content.ts';
import type { Told } from '../support/etcd-content.ts';
import { folder } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { freePort } from '../support/sshd.ts';
import { seeded } from '../support/supply-loops.ts';
import { zip } from '../support/zip.ts';

const { signal } = new AbortController();
const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64');
const status = (path: string): Promise<SnapshotStatus> =>
  work().snapshotStatus(path, { signal, scratch: `${path}.scratch` });
const read = (path: string): Reading =>
  readSnapshot(inMemory(readFileSync(path)), { live: { scratch: () => assert.fail('it fits') } });

const numbers = ({ hash, revision, totalKey, totalSize }: SnapshotStatus): string =>
  `{"hash":${hash},"revision":${revision},"totalKey":${totalKey},"totalSize":${totalSize}}`;

const told = (reading: Reading): readonly Told[] =>
  [...reading.live()].map(({ key, value, lease, createRevision, modRevision, version }) => ({
    key: base64(key),
    value: base64(value),
    createRevision,
    modRevision,
    version,
    lease: String(lease),
  }));

async function started(etcd: Etcd): Promise<Etcd> {
  etcd.start();
  await etcd.until(/serving client traffic insecurely/);
  return etcd;
}

/** Starts a real etcd on what the real etcdctl restored from a snapshot. */
async function restored(t: TestContext, snapshot: string): Promise<Etcd> {
  const data = join(folder(t), 'data');
  const member = {
    name: 'cp1',
    client: `http://127.0.0.1:${await freePort()}`,
    peer: `http://127.0.0.1:${await freePort()}`,
  };
  const cluster = `cp1=${member.peer}`;
  await etcdctl(
    'snapshot',
    'restore',
    snapshot,
    `--data-dir=${data}`,
    '--name=cp1',
    `--initial-cluster=${cluster}`,
    `--initial-advertise-peer-urls=${member.peer}`,
  );
  const etcd = new Etcd(data, member, cluster, []);
  t.after(() => etcd.kill());
  return started(etcd);
}

test(
  'a snapshot of a real etcd has the numbers etcdctl says, and restores to the keys we read',
  needs('etcd'),
  async t => {
    const [etcd] = await etcds(t, 1);
    assert.ok(etcd);
    await started(etcd);
    await fill(etcd, { objects: 900, valueBytes: 700, changes: 700 }, seeded(11));
    const { ID: lease } = await etcd.post('/v3/lease/grant', { TTL: 3600 });
    await etcd.post('/v3/kv/put', {
      key: base64('/registry/masterleases/192.168.50.11'),
      value: base64('x'),
      lease,
    });
    // More than a page, more than a block of ours, and nothing at all.
    for (const [key, bytes] of [
      ['/bootstrap/0123456789ab', 21_861],
      ['/registry/configmaps/kube-system/large', 1_000_000],
      ['/registry/configmaps/kube-system/empty', 0],
    ] as const)
      await etcd.post('/v3/kv/put', { key: base64(key), value: base64(Buffer.alloc(bytes, 'v')) });
    await etcd.post('/v3/kv/compaction', { revision: 20, physical: true });

    const path = join(folder(t), 'snapshot.db');
    await etcdctl(`--endpoints=${etcd.client}`, 'snapshot', 'save', path);
    assert.equal(numbers(await status(path)), await etcdctl('snapshot', 'status', path, '-w', 'json'));

    const reading = read(path);
    assert.deepEqual(reading.problems, []);
    assert.deepEqual(told(reading), await allKeys(etcd));
    assert.deepEqual(
      reading.facts.members.map(({ name }) => name),
      ['cp1'],
    );
    assert.equal(reading.facts.scheduledCompactRevision, 20);

    const again = await restored(t, path);
    assert.deepEqual(told(reading), await allKeys(again));

    const zipped = join(folder(t), 'snapshot.zip');
    writeFileSync(zipped, zip({ name: 'snapshot.db', bytes: readFileSync(path) }));
    assert.equal(numbers(await status(zipped)), numbers(await status(path)));
  },
);

test(
  'the database of an etcd that lost its power is read as it lies, and after a defragmentation',
  needs('etcd'),
  async t => {
    const [etcd] = await etcds(t, 1);
    assert.ok(etcd);
    await started(etcd);
    const random = seeded(12);
    // Many rounds with compaction leave free pages between those in use, and leaves out of file order.
    for (let round = 0; round < 5; round++) {
      await fill(etcd, { objects: 400, valueBytes: 900, changes: 400 }, random);
      const { header } = (await etcd.post('/v3/kv/range', { key: base64('x') })) as {
        header: { revision: string };
      };
      await etcd.post('/v3/kv/compaction', { revision: header.revision, physical: true });
    }
    const keys = await allKeys(etcd);
    // etcd commits to its database every 100 ms.
    await new Promise(resolve => setTimeout(resolve, 500));
    await etcd.kill();
    const raw = join(folder(t), 'db');
    copyFileSync(join(etcd.data, 'member/snap/db'), raw);
    const found = await status(raw);
    assert.equal(found.hasTrailer, false);
    assert.equal(numbers(found), await etcdctl('snapshot', 'status', raw, '-w', 'json'));
    assert.deepEqual(told(read(raw)), keys);

    await started(etcd);
    await etcdctl(`--endpoints=${etcd.client}`, 'defrag');
    const path = join(folder(t), 'defragmented.db');
    await etcdctl(`--endpoints=${etcd.client}`, 'snapshot', 'save', path);
    assert.equal(numbers(await status(path)), await etcdctl('snapshot', 'status', path, '-w', 'json'));
    assert.ok((await status(path)).totalSize < found.totalSize);
    assert.deepEqual(told(read(path)), keys);
  },
);

test('three servers and an alarm are seen in a snapshot of one of them', needs('etcd'), async t => {
  const all = await etcds(t, 3, '--quota-backend-bytes=2000000');
  for (const one of all) one.start();
  for (const one of all) await one.until(/serving client traffic insecurely/);
  const [etcd] = all;
  assert.ok(etcd);
  assert.match(await etcd.put(400, 20_000), /database space exceeded/);
  const path = join(folder(t), 'snapshot.db');
  await etcdctl(`--endpoints=${etcd.client}`, 'snapshot', 'save', path);
  const { facts, problems } = read(path);
  assert.deepEqual(problems, []);
  assert.deepEqual(facts.members.map(({ name }) => name).toSorted(), ['cp1', 'cp2', 'cp3']);
  assert.ok(
    facts.alarms.some(
      ({ kind, member }) => kind === 'no-space' && facts.members.some(({ id }) => id === member),
    ),
  );
  assert.equal(numbers(await status(path)), await etcdctl('snapshot', 'status', path, '-w', 'json'));
});

import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  readFileSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { readSnapshot } from '../../main/core/etcd-snapshot/read.ts';
import type { Reading } from '../../main/core/etcd-snapshot/read.ts';
import type { Scratch } from '../../main/core/etcd-snapshot/runs.ts';
import { work } from '../../main/machine/work.ts';
import { scratchFile } from '../../main/machine/workers/scratch.ts';
import { openSnapshot } from '../../main/machine/workers/snapshot-file.ts';
import type { SnapshotStatus } from '../../preload/contract/domain.ts';
import { FieldError } from '../../preload/contract/failure.ts';
import type { Failure } from '../../preload/contract/failure.ts';
import { folder } from '../support/folder.ts';
import { recorded, recordedStatus } from '../support/snapshots.ts';
import { zip } from '../support/zip.ts';

const { signal } = new AbortController();
const desk = { done: () => undefined, goOn: () => undefined };
const whole = recorded('etcd-3.6');

/** A file of these bytes, read in a worker. */
async function statusOf(t: TestContext, bytes: Uint8Array): Promise<SnapshotStatus> {
  const base = folder(t);
  const path = join(base, 'file');
  writeFileSync(path, bytes);
  const scratch = join(base, 'scratch');
  try {
    return await work().snapshotStatus(path, { scratch, signal });
  } finally {
    if (existsSync(scratch)) assert.deepEqual(readdirSync(scratch), [], 'no scratch file stays behind');
    assert.ok(readFileSync(path).equals(bytes), 'the file itself is as it was');
  }
}

async function refusal(t: TestContext, bytes: Uint8Array): Promise<Failure> {
  try {
    await statusOf(t, bytes);
  } catch (thrown) {
    assert.ok(thrown instanceof FieldError, String(thrown));
    assert.ok(thrown.failure.about?.endsWith('file'), 'it names the file');
    assert.ok(thrown.failure.next !== '');
    return thrown.failure;
  }
  return assert.fail('it was read');
}

const expected = (name: string): unknown =>
  JSON.parse(recordedStatus.find(each => each.name === name && each.rule === '3.6')?.json ?? '');
const numbers = ({ hash, revision, totalKey, totalSize, version }: SnapshotStatus): unknown => ({
  hash,
  revision: Number(revision),
  totalKey,
  totalSize,
  version,
});

test('a snapshot is read in a worker, plain or inside the zip K3s makes', async t => {
  const plain = await statusOf(t, whole);
  assert.deepEqual(numbers(plain), expected('etcd-3.6'));
  assert.deepEqual([plain.zipped, plain.hasTrailer], [false, true]);
  const bytes = zip({ name: 'etcd-snapshot-cp1-1767571200', bytes: whole });
  const zipped = await statusOf(t, bytes);
  assert.deepEqual(zipped, { ...plain, zipped: true });
  assert.deepEqual(await statusOf(t, zip({ name: 'a', bytes: whole, stored: true })), zipped);
});

test('a raw copy of the database is read and known to have no trailer', async t => {
  const raw = await statusOf(t, recorded('restored-raw'));
  assert.deepEqual(numbers(raw), expected('restored-raw'));
  assert.equal(raw.hasTrailer, false);
  assert.equal((await statusOf(t, whole.subarray(0, -32))).hasTrailer, false);
  assert.equal((await statusOf(t, zip({ name: 'db', bytes: recorded('restored-raw') }))).zipped, true);
});

test('a damaged snapshot fails the check and says where', async t => {
  const { code, says } = await refusal(t, recorded('corrupted'));
  assert.equal(code, 'check-failed');
  assert.match(says, /damaged inside.*Page 3 is twice in the list of free pages/);
});

test('what is no snapshot is refused in words that fit', async t => {
  assert.match((await refusal(t, new Uint8Array(0))).says, /empty/);
  assert.match((await refusal(t, Buffer.from('a text\n'.repeat(99)))).says, /text file/);
  assert.match((await refusal(t, recorded('foreign'))).says, /another product/);
  assert.match((await refusal(t, whole.subarray(0, 20_000))).says, /cut short/);
  assert.match((await refusal(t, Buffer.from('x'))).says, /no etcd snapshot/);
});

test('a zip that is no snapshot’s is refused and says why', async t => {
  const one = { name: 'a', bytes: whole };
  const packed = zip(one);
  assert.match((await refusal(t, zip(one, { name: 'b', bytes: whole }))).says, /holds 2 files/);
  assert.match((await refusal(t, zip())).says, /no etcd snapshot|empty/);
  assert.match((await refusal(t, packed.subarray(0, -30))).says, /cut short/);
  assert.match(
    (await refusal(t, zip({ name: 'a', bytes: Buffer.from('text\n'.repeat(50)) }))).says,
    /text file/,
  );
  assert.match((await refusal(t, zip({ name: 'a', bytes: new Uint8Array(0) }))).says, /empty/);
  const wrongSum = zip({ ...one, claims: { crc32: 1 } });
  assert.match((await refusal(t, wrongSum)).says, /damaged/);
  const broken = Buffer.from(packed);
  broken.fill(0xff, 300, 340);
  assert.match((await refusal(t, broken)).says, /damaged/);
});

test('a zip bomb is refused before it is unpacked', async t => {
  const bomb = zip({ name: 'a', bytes: new Uint8Array(300 * 1024 * 1024) });
  assert.ok(bomb.length < 1024 * 1024);
  assert.match((await refusal(t, bomb)).says, /made to fill a disk/);
  // One that lies about its size is left as soon as more comes than it said.
  const liar = zip({
    name: 'a',
    bytes: Buffer.concat([whole, new Uint8Array(50 * 1024 * 1024)]),
    claims: { bytes: whole.length },
  });
  assert.match((await refusal(t, liar)).says, /more than it says/);
  // A true beginning does not help: its pages say how large the database is.
  const padded = zip({ name: 'a', bytes: Buffer.concat([whole, new Uint8Array(100 * 1024 * 1024)]) });
  assert.match((await refusal(t, padded)).says, /made to fill a disk/);
  const zeros = zip({ name: 'a', bytes: new Uint8Array(50 * 1024 * 1024) });
  assert.match((await refusal(t, zeros)).says, /zeros/);
});

test('a file that grows or is written to while it is read is found out', async t => {
  const path = join(folder(t), 'file');
  writeFileSync(path, whole);
  const file = await openSnapshot(path, join(folder(t), 'scratch'), desk);
  file.assertUnchanged();
  appendFileSync(path, 'more');
  assert.throws(() => file.assertUnchanged(), /was changed by something else/);
  truncateSync(path, 4096);
  assert.throws(() => file.source.read(20_000, 4096), /was changed by something else/);
  file.close();
});

test('a scratch file has no name that could stay behind, and nobody else may read it', t => {
  const base = join(folder(t), 'scratch');
  const file = scratchFile(base);
  assert.equal(statSync(base).mode & 0o777, 0o700);
  if (process.platform !== 'win32') assert.deepEqual(readdirSync(base), []);
  file.append(Buffer.from('some'));
  file.append(Buffer.from(' bytes'));
  const back = new Uint8Array(7);
  file.readInto(back, 3);
  assert.equal(Buffer.from(back).toString(), 'e bytes');
  assert.equal(file.size, 10);
  file.close();
  assert.deepEqual(readdirSync(base), []);
});

test('keys that do not fit into memory go to a scratch file, and the same keys come back', async t => {
  const [base, path] = [folder(t), join(folder(t), 'file')];
  writeFileSync(path, recorded('encrypted'));
  const file = await openSnapshot(path, base, desk);
  const room = (mostBytes?: number): { scratch: () => Scratch; mostBytes?: number | undefined } => ({
    mostBytes,
    scratch: mostBytes === undefined ? () => assert.fail('all of it fits') : file.scratch,
  });
  const keysOf = (reading: Reading): readonly string[] =>
    [...reading.live()].map(
      ({ key, value }) => `${Buffer.from(key).toString()} ${Buffer.from(value).toString('base64')}`,
    );
  const kept = readSnapshot(file.source, { crc: file.crc, live: room() });
  const spilled = readSnapshot(file.source, { crc: file.crc, live: room(2000) });
  assert.equal(spilled.liveKeys, 130);
  assert.deepEqual(keysOf(spilled), keysOf(kept));
  file.close();
});

test('reading stops when it is cancelled', async t => {
  const base = folder(t);
  const path = join(base, 'file');
  writeFileSync(path, zip({ name: 'db', bytes: recorded('restored-raw') }));
  const stop = new AbortController();
  stop.abort();
  await assert.rejects(
    work().snapshotStatus(path, { scratch: base, signal: stop.signal }),
    /cancelled|stopped/i,
  );
});

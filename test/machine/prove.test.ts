import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Secret } from '../../main/core/secret.ts';
import { fullToken } from '../../main/core/server-token.ts';
import type { MeasuredSnapshot, SnapshotRead } from '../../main/core/snapshot-proof/measured.ts';
import { work } from '../../main/machine/work.ts';
import { failureOf, kindOf } from '../../preload/contract/failure.ts';
import { folder } from '../support/folder.ts';
import { encryptionConfig, k3sSnapshot, newPassword, testCa } from '../support/k3s-content.ts';
import { needsElsewhere, needsRoot } from '../support/needs.ts';
import { recorded } from '../support/snapshots.ts';
import { zip } from '../support/zip.ts';

const { signal } = new AbortController();
const password = newPassword();
const ca = await testCa('site-a');
const caIs = createHash('sha256').update(ca).digest('hex');
const secretKey = randomBytes(32);
const whole = k3sSnapshot({ password, ca, secretKey });
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

interface How {
  readonly tokens?: readonly string[];
  readonly given?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

async function measure(t: TestContext, bytes: Uint8Array, how: How = {}): Promise<MeasuredSnapshot> {
  const base = folder(t);
  const [path, scratch] = [join(base, 'file'), join(base, 'scratch')];
  writeFileSync(path, bytes);
  const { tokens = [password], given = true, onProgress } = how;
  const found = await work().measureSnapshot(
    path,
    tokens.map(token => new Secret(token)),
    { given, scratch, signal, ...(onProgress ? { onProgress } : {}) },
  );
  if (existsSync(scratch)) assert.deepEqual(readdirSync(scratch), [], 'no scratch file stays behind');
  assert.ok(readFileSync(path).equals(bytes), 'the file itself is as it was');
  for (const token of tokens) assert.ok(!JSON.stringify(found).includes(token), 'the answer holds no token');
  return found;
}

function readOf({ read }: MeasuredSnapshot): SnapshotRead {
  assert.ok(read.is === 'read', read.is === 'refused' ? read.says : '');
  return read;
}
async function refusedAs(t: TestContext, bytes: Uint8Array): Promise<string> {
  const { read } = await measure(t, bytes);
  assert.ok(read.is === 'refused', 'it was read');
  assert.ok(read.next !== '');
  return read.says;
}

test('a snapshot is measured from end to end, plain or in the zip K3s makes', async t => {
  const found = await measure(t, whole, { tokens: [fullToken(caIs, password)] });
  assert.deepEqual([found.sha256, found.bytes, found.trailer], [sha256(whole), whole.length, 'holds']);
  const read = readOf(found);
  assert.deepEqual([read.problems, read.token.is], [[], 'opened']);
  assert.ok(read.token.is === 'opened');
  assert.deepEqual([read.token.opened.caHash, read.token.opened.named], [caIs, caIs]);
  const { contents } = read;
  assert.deepEqual(
    contents.nodes.map(({ role, k3sVersion, arch }) => [role, k3sVersion, arch]),
    [['server', 'v1.33.5+k3s1', 'amd64']],
  );
  assert.equal(contents.clusterUid, '0a1b2c3d-aaaa-4bbb-8ccc-000000000001');
  assert.deepEqual([contents.unreadable.names, contents.undecoded.names], [[], []]);
  assert.ok(contents.objects > 50 && contents.decoded >= 3);
  assert.ok(contents.images.some(image => image.includes('coredns')));
  assert.equal(contents.secrets.on, true);
  assert.ok(contents.secrets.opened > 0, 'Secrets were really opened');
  assert.deepEqual([contents.secrets.plain.names, contents.secrets.damaged.names], [[], []]);

  const packed = zip({ name: 'etcd-snapshot-cp1-1767571200', bytes: whole });
  const zipped = await measure(t, packed);
  assert.deepEqual([zipped.zipped, zipped.trailer, zipped.sha256], [true, 'holds', sha256(packed)]);
  const status = { ...read.status, zipped: true };
  assert.deepEqual(readOf(zipped).status, status);
});

test('progress is told in parts of a whole that is known, and never goes back', async t => {
  for (const bytes of [whole, zip({ name: 'a', bytes: whole })]) {
    const told: (readonly [number, number])[] = [];
    await measure(t, bytes, { onProgress: (done, total) => void told.push([done, total]) });
    const [done, total] = told.at(-1) ?? [0, 0];
    assert.ok(total > 0 && done <= total && done > total / 2, `${done} of ${total}`);
    assert.deepEqual(
      told.map(each => each[0]),
      told.map(each => each[0]).toSorted((a, b) => a - b),
    );
  }
});

test('only the right token of several opens it; a wrong one, a short one and none are told', async t => {
  const several = await measure(t, whole, {
    tokens: ['first-of-all', 'second-of-all', password],
    given: false,
  });
  assert.ok(readOf(several).token.is === 'opened');
  assert.equal(readOf(await measure(t, whole, { tokens: ['wrong-token'] })).token.is, 'failed');
  assert.equal(readOf(await measure(t, whole, { tokens: [], given: false })).token.is, 'none');
});

test('Secrets whose key is not the one inside are found out', async t => {
  const encryption = encryptionConfig(randomBytes(32));
  const { secrets } = readOf(await measure(t, k3sSnapshot({ password, ca, secretKey, encryption }))).contents;
  assert.deepEqual([secrets.opened, secrets.damaged.names.length > 0], [0, true]);
  const renamed = encryptionConfig(secretKey, 'another-key');
  const other = readOf(await measure(t, k3sSnapshot({ password, ca, secretKey, encryption: renamed })));
  assert.ok(other.contents.secrets.withoutKey.names.length > 0);
  const plain = readOf(await measure(t, k3sSnapshot({ password, ca })));
  assert.ok(plain.contents.secrets.plain.names.length > 0);
  assert.equal(plain.contents.secrets.on, undefined);
});

test('what is no snapshot is told in words that fit', async t => {
  assert.match(await refusedAs(t, new Uint8Array(0)), /empty/);
  assert.match(await refusedAs(t, Buffer.from('a text\n'.repeat(99))), /text file/);
  assert.match(await refusedAs(t, recorded('foreign')), /another product/);
  assert.match(await refusedAs(t, whole.subarray(0, 20_000)), /cut short/);
  const one = { name: 'a', bytes: whole };
  assert.match(await refusedAs(t, zip(one, { name: 'b', bytes: whole })), /holds 2 files/);
  const bomb = zip({ name: 'a', bytes: new Uint8Array(300 * 1024 * 1024) });
  assert.match(await refusedAs(t, bomb), /made to fill a disk/);
});

test('a raw copy of the database has no trailer, a changed byte breaks it, and the image inside a zip is weighed too', async t => {
  assert.equal((await measure(t, whole.subarray(0, -32))).trailer, 'missing');
  const changed = Buffer.from(whole);
  changed[changed.length - 5000] = (changed[changed.length - 5000] ?? 0) ^ 1;
  assert.equal((await measure(t, changed)).trailer, 'broken');
  assert.equal((await measure(t, zip({ name: 'a', bytes: changed }))).trailer, 'broken');
});

test('an alarm and a damaged page are carried into what was measured', async t => {
  const alarmed = readOf(await measure(t, recorded('etcd-3.6')));
  assert.equal(alarmed.status.rule, '3.6');
  assert.ok(alarmed.facts.alarms.length > 0);
  assert.ok(readOf(await measure(t, recorded('corrupted'))).problems.length > 0);
});

test('a file that grows, and one that is replaced, while it is read say nothing', async t => {
  const large = Buffer.concat([whole.subarray(0, -32), Buffer.alloc(64 * 1024 * 1024)]);
  for (const how of ['grow', 'replace'] as const) {
    const base = folder(t);
    const path = join(base, 'file');
    writeFileSync(path, large);
    const change = (): void => {
      if (how === 'grow') return appendFileSync(path, 'more');
      // As long as the first one, at no cost: a short one could be read to its end between two changes.
      writeFileSync(`${path}.new`, whole.subarray(0, -32));
      truncateSync(`${path}.new`, large.length);
      renameSync(`${path}.new`, path);
    };
    // Nobody knows when the worker opens the file, so it is changed again and again until the answer is there.
    const changing = setInterval(change, 2);
    t.after(() => clearInterval(changing));
    const scratch = join(base, 'scratch');
    const outcome = await work()
      .measureSnapshot(path, [], { given: false, signal, scratch })
      .then(
        () => undefined,
        (thrown: unknown) => failureOf(thrown),
      );
    clearInterval(changing);
    assert.match(outcome?.says ?? 'it was measured', /changed by something else/, how);
  }
});

/** A file system on a disk of its own whose end can be torn off: what lay there then gives a true I/O error. */
function tornStick(t: TestContext): { readonly path: string; tear(): void } {
  const base = mkdtempSync(join(tmpdir(), 'coldstart-torn-'));
  const [image, path] = [join(base, 'disk'), join(base, 'stick')];
  const run = (...words: readonly string[]): string =>
    execFileSync(words[0] ?? '', words.slice(1), {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  truncateSyncTo(image, 96);
  mkdirSync(path);
  const device = run('losetup', '-f', '--show', image);
  t.after(() => {
    spawnSync('umount', ['-l', path]);
    spawnSync('losetup', ['-d', device]);
    rmSync(base, { recursive: true, force: true });
  });
  run('mkfs.ext4', '-q', '-F', device);
  run('mount', device, path);
  return {
    path,
    tear: () => {
      run('umount', path);
      run('mount', '-o', 'ro', device, path);
      truncateSyncTo(image, 8);
    },
  };
}
function truncateSyncTo(path: string, mebibytes: number): void {
  writeFileSync(path, '', { flag: 'a' });
  truncateSync(path, mebibytes * 1024 * 1024);
}

test(
  'a stick that goes away while it is read is a failure of the disk, never a verdict',
  { ...needsRoot(), ...needsElsewhere(existsSync('/dev/loop-control'), 'loop devices') },
  async t => {
    const stick = tornStick(t);
    const path = join(stick.path, 'snapshot.db');
    writeFileSync(path, Buffer.concat([whole, randomBytes(48 * 1024 * 1024)]));
    stick.tear();
    const job = work().measureSnapshot(path, [], { given: false, signal, scratch: folder(t) });
    const failure = await job.then(
      () => assert.fail('it was measured'),
      (thrown: unknown) => failureOf(thrown),
    );
    assert.equal(kindOf(failure), 'could-not', JSON.stringify(failure));
    assert.ok(failure.about === path && (failure.next ?? '') !== '');
  },
);

test('it stops when it is cancelled', async t => {
  const base = folder(t);
  const path = join(base, 'file');
  writeFileSync(path, whole);
  const stop = new AbortController();
  stop.abort();
  const job = work().measureSnapshot(path, [], { given: false, scratch: base, signal: stop.signal });
  await assert.rejects(job, /cancelled|stopped/i);
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileWork } from '../../main/machine/work.ts';
import { workers } from '../../main/machine/workers/start.ts';
import { failing } from '../support/failing.ts';
import { folder } from '../support/folder.ts';
import { needsElsewhere } from '../support/needs.ts';

const onLinux = needsElsewhere(process.platform === 'linux', 'Linux');
const { signal } = new AbortController();
const hex = (name: string, bytes: Uint8Array): string => createHash(name).update(bytes).digest('hex');

test('several files are hashed at once and answered in the order asked', async t => {
  const path = folder(t);
  const contents = [
    Buffer.alloc(3_000_000, 'a'),
    Buffer.alloc(0),
    Buffer.from('small'),
    Buffer.alloc(262_144, 'b'),
  ];
  const paths = contents.map((content, i) => {
    writeFileSync(join(path, String(i)), content);
    return join(path, String(i));
  });
  const told: number[] = [];
  const hashes = await fileWork().hash(paths, {
    signal,
    sha512: true,
    onProgress: bytes => told.push(bytes),
  });
  assert.deepEqual(
    hashes,
    contents.map(content => ({
      bytes: content.length,
      sha256: hex('sha256', content),
      sha512: hex('sha512', content),
    })),
  );
  assert.equal(told.at(-1), 3_262_149);
  const [plain] = await fileWork(1).hash([paths[2] ?? ''], { signal });
  assert.deepEqual(Object.keys(plain ?? {}), ['bytes', 'sha256']);
  assert.deepEqual(await fileWork().hash([], { signal }), []);
});

test('more files than workers wait their turn', async t => {
  const path = folder(t);
  const paths = Array.from({ length: 30 }, (_, i) => join(path, String(i)));
  for (const each of paths) writeFileSync(each, each);
  const hashes = await fileWork(2).hash(paths, { signal });
  assert.deepEqual(
    hashes.map(each => each.sha256),
    paths.map(each => hex('sha256', Buffer.from(each))),
  );
});

test('one unreadable file fails the whole question with its name', async t => {
  const path = folder(t);
  writeFileSync(join(path, 'there'), 'x');
  const failure = await failing('no-such-thing', () =>
    fileWork().hash([join(path, 'there'), join(path, 'not')], { signal }),
  );
  assert.equal(failure.about, join(path, 'not'));
});

test('links, folders and pipes are not hashed and hold nobody up', onLinux, async t => {
  const path = folder(t);
  writeFileSync(join(path, 'file'), 'x');
  symlinkSync('file', join(path, 'link'));
  execFileSync('mkfifo', [join(path, 'pipe')]);
  for (const name of ['link', 'pipe', '.'])
    await failing('could-not', () => fileWork().hash([join(path, name)], { signal }));
  await failing('could-not', () => fileWork().copy(join(path, 'pipe'), join(path, 'out'), { signal }));
  await failing('gone-away', () => fileWork().hash(['/proc/self/mem'], { signal }));
});

test('a copy is hashed while it is made, closed to others, and never overwrites', async t => {
  const path = folder(t);
  const content = Buffer.alloc(2_500_000, 'copy me');
  writeFileSync(join(path, 'from'), content);
  const [from, to] = [join(path, 'from'), join(path, 'to')];
  const told: number[] = [];
  const made = await fileWork().copy(from, to, { signal, onProgress: bytes => told.push(bytes) });
  assert.deepEqual(made, { bytes: content.length, sha256: hex('sha256', content), resumedAt: 0 });
  assert.ok(readFileSync(to).equals(content));
  if (process.platform !== 'win32') assert.equal(statSync(to).mode & 0o777, 0o600);
  assert.equal(told.at(-1), content.length);
  await failing('already-there', () => fileWork().copy(from, to, { signal }));
});

test('a copy goes on at the byte where it stopped, and its hash is over what really lies there', async t => {
  const path = folder(t);
  const content = Buffer.alloc(2_500_000, 'copy me');
  const [from, to] = [join(path, 'from'), join(path, 'to')];
  writeFileSync(from, content);
  writeFileSync(to, content);
  truncateSync(to, 1_234_567);
  const made = await fileWork().copy(from, to, { signal, resume: true });
  assert.deepEqual(made, { bytes: content.length, sha256: hex('sha256', content), resumedAt: 1_234_567 });
  writeFileSync(to, 'something else');
  const other = await fileWork().copy(from, to, { signal, resume: true });
  assert.equal(other.sha256, hex('sha256', readFileSync(to)));
  assert.notEqual(other.sha256, hex('sha256', content));
});

test('a full disk ends a copy with its name', onLinux, async t => {
  const path = folder(t);
  writeFileSync(join(path, 'from'), 'x');
  const failure = await failing('disk-full', () =>
    fileWork().copy(join(path, 'from'), '/dev/full', { signal, resume: true }),
  );
  assert.equal(failure.about, '/dev/full');
});

test('a stop in the middle of a file is heard at once and leaves the worker free for the next', async t => {
  const path = join(folder(t), 'endless');
  writeFileSync(path, '');
  truncateSync(path, 64 * 1024 ** 3);
  const stop = new AbortController();
  const work = fileWork(1);
  const began = performance.now();
  const hashing = work.hash([path], { signal: stop.signal, onProgress: bytes => bytes > 0 && stop.abort() });
  await failing('cancelled', () => hashing);
  assert.ok(performance.now() - began < 5000);
  await failing('cancelled', () => work.hash([path], { signal: stop.signal }));
  writeFileSync(`${path}.small`, 'x');
  assert.equal((await work.hash([`${path}.small`], { signal }))[0]?.bytes, 1);
});

test('one that waits for its turn can be stopped before it began', async t => {
  const path = join(folder(t), 'endless');
  writeFileSync(path, '');
  truncateSync(path, 64 * 1024 ** 3);
  const [first, second] = [new AbortController(), new AbortController()];
  const work = fileWork(1);
  const running = work.hash([path], { signal: first.signal });
  const waiting = work.copy(path, `${path}.copy`, { signal: second.signal });
  second.abort();
  await failing('cancelled', () => waiting);
  first.abort();
  await failing('cancelled', () => running);
  assert.equal(existsSync(`${path}.copy`), false);
});

test('the page stays responsive while gigabytes are hashed', async t => {
  const path = join(folder(t), 'large');
  writeFileSync(path, '');
  truncateSync(path, 1024 ** 3);
  let longest = 0;
  let last = performance.now();
  const beat = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 5);
  try {
    await fileWork(1).hash([path], { signal });
  } finally {
    clearInterval(beat);
  }
  assert.ok(longest < 500, `the main thread stood still for ${Math.round(longest)} ms`);
});

test('a worker that cannot start is a failure, not a wait', async () => {
  await assert.rejects(workers(1).run('no-such-worker', {}, { signal }));
});

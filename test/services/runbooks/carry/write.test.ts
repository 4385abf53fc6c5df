import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Progress } from '../../../../preload/contract/domain.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import type { FailureCode } from '../../../../preload/contract/failure.ts';
import { carryFolder, carryName } from '../../../../main/core/carry/names.ts';
import { systemClock } from '../../../../main/machine/clock.ts';
import { localFiles } from '../../../../main/machine/files.ts';
import { work } from '../../../../main/machine/work.ts';
import { ontoStick } from '../../../../main/services/runbooks/carry/write.ts';
import type { CarryParts } from '../../../../main/services/runbooks/carry/write.ts';
import { folder } from '../../../support/folder.ts';
import { needsRoot } from '../../../support/needs.ts';
import { testDisk } from '../../../support/stick.ts';

/** A laptop with two files in its vault and a stick in it. */
function laptop(t: TestContext) {
  const base = folder(t);
  const home = join(base, 'home');
  const stick = join(base, 'stick');
  mkdirSync(home);
  mkdirSync(stick);
  const files = [
    ['k3s', 300_000],
    ['k3s-airgap-images-amd64.tar.zst', 2_000_000],
  ].map(([name, bytes]) => {
    const content = randomBytes(Number(bytes));
    const sha256 = createHash('sha256').update(content).digest('hex');
    const path = join(home, sha256);
    writeFileSync(path, content);
    return { name: String(name), bytes: content.length, sha256, path, content };
  });
  const parts: CarryParts = { files: localFiles(), work: work(), clock: systemClock, home: { folder: home } };
  const write = (
    to = stick,
    signal = new AbortController().signal,
    onProgress: (progress: Progress) => void = () => undefined,
  ) => ontoStick(parts, files, to, signal, onProgress);
  return { base, home, stick, files, write, parts };
}
const fails = async (code: FailureCode, going: Promise<unknown>): Promise<string> => {
  try {
    await going;
  } catch (thrown) {
    assert.ok(thrown instanceof FieldError, String(thrown));
    assert.equal(thrown.failure.code, code, thrown.failure.says);
    assert.ok((thrown.failure.next ?? '') !== '' || code === 'cancelled');
    return thrown.failure.says;
  }
  return assert.fail('it did not fail');
};

test('the files of a plan are written onto a stick by their content, and read back', async t => {
  const { stick, files, write } = laptop(t);
  const told: Progress[] = [];
  const first = await write(stick, undefined, progress => told.push(progress));
  assert.equal(first.path, join(stick, carryFolder));
  assert.deepEqual(
    first.files,
    files.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256, written: true })),
  );
  assert.deepEqual(readdirSync(first.path).toSorted(), [...files.map(carryName), 'README.txt'].toSorted());
  for (const file of files) assert.deepEqual(readFileSync(join(first.path, carryName(file))), file.content);
  assert.match(readFileSync(join(first.path, 'README.txt'), 'utf8'), /Plug the stick into the node/);
  const dones = told.map(({ done }) => done);
  assert.deepEqual(
    dones,
    dones.toSorted((a, b) => a - b),
  );
  assert.equal(told.at(-1)?.done, told.at(-1)?.total);

  const again = await write();
  assert.ok(again.files.every(({ written }) => !written));
});

test('what is spoiled on the stick is written anew, and a broken try is taken up', async t => {
  const { stick, files, write } = laptop(t);
  const { path } = await write();
  const [k3s, images] = files;
  assert.ok(k3s && images);
  const flipped = Buffer.from(k3s.content);
  flipped[1000] = (flipped[1000] ?? 0) ^ 1;
  writeFileSync(join(path, carryName(k3s)), flipped);
  const { files: written } = await write();
  assert.deepEqual(
    written.map(one => one.written),
    [true, false],
  );
  assert.deepEqual(readFileSync(join(path, carryName(k3s))), k3s.content);

  const stop = new AbortController();
  const other = join(stick, 'other');
  mkdirSync(other);
  const going = write(other, stop.signal, ({ what }) => {
    if (/^Reading back k3s$/.test(what)) stop.abort();
  });
  await assert.rejects(going);
  assert.ok(!readdirSync(join(other, carryFolder)).includes(carryName(images)));
  assert.ok((await write(other)).files.every(one => one.written));
  assert.ok(readdirSync(join(other, carryFolder)).every(name => !name.endsWith('.partial')));
});

test('a place that is none, ours, too small or read-only is refused before anything is written', async t => {
  const { base, home, files, write } = laptop(t);
  await fails('bad-ask', write('stick'));
  assert.match(await fails('no-such-thing', write(join(base, 'unplugged'))), /an unplugged stick/);
  writeFileSync(join(base, 'file'), '');
  await fails('bad-ask', write(join(base, 'file')));
  await fails('refused', write(home));
  const [k3s] = files;
  assert.ok(k3s);
  writeFileSync(k3s.path, randomBytes(k3s.bytes));
  const to = join(base, 'good');
  mkdirSync(to);
  assert.match(await fails('damaged', write(to)), /has changed on this laptop/);
  assert.ok(!readdirSync(join(to, carryFolder)).includes(carryName(k3s)));
});

test('a stick that is too small, cannot be written, or is pulled, is said', needsRoot(), async t => {
  const { write } = laptop(t);
  const small = testDisk(t, 'size=3m');
  assert.match(await fails('space-short', write(small.path)), /only .* MiB are free on the stick/);
  assert.deepEqual(readdirSync(small.path), []);
  small.remount('ro');
  await fails('not-writable', write(small.path));
  const pulled = testDisk(t, 'size=64m');
  let there = true;
  const going = write(pulled.path, undefined, () => {
    if (there) pulled.pull();
    there = false;
  });
  await fails('gone-away', going);
  assert.deepEqual(readdirSync(pulled.path), []);
});

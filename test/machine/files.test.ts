import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FieldError } from '../../preload/contract/failure.ts';
import { localFiles } from '../../main/machine/files.ts';
import { mountOf, mountsIn } from '../../main/machine/mounts.ts';
import { diskTrouble } from '../../main/machine/trouble.ts';
import { failing } from '../support/failing.ts';
import { folder } from '../support/folder.ts';
import { needsElsewhere, needsRoot } from '../support/needs.ts';

const files = localFiles();
const onLinux = needsElsewhere(process.platform === 'linux', 'Linux');

test('a file is replaced whole, closed to others, and no temporary file stays', async t => {
  const path = folder(t);
  const file = join(path, 'setting');
  await files.write(file, 'first');
  await files.write(file, new Uint8Array([1, 2, 3]));
  assert.deepEqual([...readFileSync(file)], [1, 2, 3]);
  if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600);
  await files.write(file, 'open', 0o644);
  if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o644);
  assert.deepEqual(readdirSync(path), ['setting']);
});

test('what is written through a link replaces the link and leaves its target alone', onLinux, async t => {
  const path = folder(t);
  writeFileSync(join(path, 'target'), 'mine');
  symlinkSync('target', join(path, 'link'));
  await files.write(join(path, 'link'), 'new');
  assert.equal(readFileSync(join(path, 'target'), 'utf8'), 'mine');
  assert.equal((await files.stat(join(path, 'link')))?.kind, 'file');
});

test('a name of the greatest length can be written', async t => {
  const file = join(folder(t), 'n'.repeat(255));
  await files.write(file, 'x');
  assert.equal(readFileSync(file, 'utf8'), 'x');
});

test('a file is written in order, read at any place, cut, and goes on where it was', async t => {
  const path = join(folder(t), 'part');
  const file = await files.open(path, 'append');
  assert.equal(file.held, 0);
  await file.append(Buffer.from('hello '));
  await file.append(Buffer.from('world'));
  assert.equal(Buffer.from(await file.read(3, 5)).toString(), 'lo wo');
  assert.equal((await file.read(9, 100)).length, 2);
  assert.equal((await file.read(50, 10)).length, 0);
  await file.truncate(5);
  await file.sync();
  await file.close();
  const again = await files.open(path, 'append');
  assert.equal(again.held, 5);
  await again.append(Buffer.from('!'));
  await again.close();
  assert.equal(readFileSync(path, 'utf8'), 'hello!');
});

test(
  'a folder lists what is in it, links and pipes by their kind, odd names as they are',
  onLinux,
  async t => {
    const path = folder(t);
    mkdirSync(join(path, 'sub'));
    symlinkSync('/nowhere', join(path, 'link'));
    execFileSync('mkfifo', [join(path, 'pipe')]);
    writeFileSync(join(path, 'new\nline'), 'abc');
    const kinds = (await files.list(path)).map(({ name, stat }) => [
      name,
      stat.kind,
      stat.kind === 'file' ? stat.bytes : 0,
    ]);
    assert.deepEqual(kinds, [
      ['link', 'link', 0],
      ['new\nline', 'file', 3],
      ['pipe', 'other', 0],
      ['sub', 'folder', 0],
    ]);
  },
);

test('a name that is no UTF-8 is listed and harms nobody', onLinux, async t => {
  const path = folder(t);
  writeFileSync(Buffer.concat([Buffer.from(`${path}/`), Buffer.from([0xff, 0xfe])]), 'x');
  const [entry] = await files.list(path);
  assert.equal(entry?.stat.kind, 'other');
});

test('what is not there has no stat, also behind a file', async t => {
  const path = folder(t);
  writeFileSync(join(path, 'file'), '');
  assert.equal(await files.stat(join(path, 'nothing')), undefined);
  assert.equal(await files.stat(join(path, 'file/below')), undefined);
});

test('removing takes a whole folder, not what its links point to, and nothing is no error', async t => {
  const path = folder(t);
  mkdirSync(join(path, 'keep'));
  writeFileSync(join(path, 'keep/me'), 'x');
  mkdirSync(join(path, 'go/deep'), { recursive: true });
  symlinkSync(join(path, 'keep'), join(path, 'go/link'));
  await files.remove(join(path, 'go'));
  await files.remove(join(path, 'go'));
  assert.deepEqual(readdirSync(path), ['keep']);
  assert.ok(statSync(join(path, 'keep/me')));
});

test('a file larger than asked for is refused, not read in part', async t => {
  const path = join(folder(t), 'big');
  writeFileSync(path, 'x'.repeat(11));
  assert.equal((await files.read(path, 11)).length, 11);
  await failing('could-not', () => files.read(path, 10));
});

test('a full disk is called a full disk', onLinux, async () => {
  const file = await files.open('/dev/full', 'append');
  try {
    const failure = await failing('disk-full', () => file.append(Buffer.from('x')));
    assert.equal(failure.about, '/dev/full');
  } finally {
    await file.close();
  }
});

test('a medium that answers with read errors has gone away', onLinux, async () => {
  // Address 0 of a process is mapped nowhere, so the kernel answers this read with EIO.
  const file = await files.open('/proc/self/mem', 'read');
  try {
    await failing('gone-away', () => file.read(0, 16));
  } finally {
    await file.close();
  }
});

test('a stick that can only be read, and one that is full, are told apart', needsRoot(), async t => {
  const path = folder(t);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path], { stdio: 'pipe' });
  } catch {
    t.skip('mounting is not allowed here');
    return;
  }
  try {
    await files.write(join(path, 'fits'), 'x');
    await failing('disk-full', () => files.write(join(path, 'large'), Buffer.alloc(1024 * 1024)));
    assert.deepEqual(readdirSync(path), ['fits']);
    const before = await files.space(path);
    assert.deepEqual([before.fileSystem, before.readOnly, before.bytes], ['tmpfs', false, 65_536]);
    execFileSync('mount', ['-o', 'remount,ro', path]);
    const failure = await failing('not-writable', () => files.write(join(path, 'more'), 'x'));
    assert.match(failure.says, /only be read/);
    assert.equal((await files.space(path)).readOnly, true);
  } finally {
    execFileSync('umount', ['-l', path]);
  }
});

const asOrdinary = needsElsewhere(
  (process.getuid?.() ?? 0) !== 0,
  'an ordinary user, whom a folder can refuse',
);

test('a folder that belongs to somebody else is not written to', asOrdinary, async () => {
  await failing('not-writable', () => files.write('/etc/coldstart-test', 'x'));
  assert.equal((await files.space('/etc')).readOnly, true);
});

test('space is told also for a folder that is yet to be made', async t => {
  const path = folder(t);
  const { free, bytes } = await files.space(join(path, 'not/yet/made'));
  assert.ok(free > 0 && bytes >= free);
});

test('moving on one disk keeps the content, and nothing to move is named', async t => {
  const path = folder(t);
  mkdirSync(join(path, 'to'));
  writeFileSync(join(path, 'a'), 'x');
  await files.move(join(path, 'a'), join(path, 'to/b'));
  assert.equal(readFileSync(join(path, 'to/b'), 'utf8'), 'x');
  const thrown: unknown = await files.move(join(path, 'a'), join(path, 'c')).catch((error: unknown) => error);
  assert.ok(thrown instanceof FieldError);
});

test('every refusal of a disk says what, about what, what is untouched and what next', () => {
  for (const code of [
    'ENOSPC',
    'EDQUOT',
    'EROFS',
    'EACCES',
    'EPERM',
    'EIO',
    'ENODEV',
    'ENXIO',
    'ENOTCONN',
    'EFBIG',
    'EXDEV',
    'EWHATEVER',
  ])
    for (const doing of ['read', 'write'] as const) {
      const told = diskTrouble(Object.assign(new Error(code), { code }), '/media/stick/k3s', doing);
      assert.ok(told instanceof FieldError, code);
      const { says, about, untouched, next } = told.failure;
      assert.ok(says && untouched && next, code);
      assert.equal(about, '/media/stick/k3s');
    }
  const other = new TypeError('ours');
  assert.equal(diskTrouble(other, '/x', 'read'), other);
});

test('mounts are read as the kernel writes them, names with spaces too', () => {
  const text = [
    '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro',
    '40 22 8:17 / /media/ada/MY\\040STICK ro,nosuid - vfat /dev/sdb1 rw',
    '41 22 0:40 / /media/ada/MY\\040STICK rw - tmpfs tmpfs rw,size=10k',
    'nonsense',
  ].join('\n');
  const mounts = mountsIn(text);
  assert.equal(mounts.length, 3);
  assert.equal(mountOf(mounts, '/media/ada/MY STICK/k3s')?.fileSystem, 'tmpfs');
  assert.equal(mountOf(mounts.slice(0, 2), '/media/ada/MY STICK')?.readOnly, true);
  assert.equal(mountOf(mounts, '/media/ada/MY STICKY')?.at, '/');
  assert.equal(mountOf(mounts, '/home')?.readOnly, false);
});

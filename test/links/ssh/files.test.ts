import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rmdir, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { sh } from '../../../main/core/sh.ts';
import { needs, needsRoot } from '../../support/needs.ts';
import {
  failureOf,
  linkTo,
  lonelyLinks,
  openTrusting,
  patience,
  sourceOf,
  targetOf,
  textOf,
} from '../../support/ssh.ts';
import { startSshd, testFolder } from '../../support/sshd.ts';
import { temporaryUser } from '../../support/users.ts';

const run = promisify(execFile);
const sshd = needs('sshd');
const names = [
  'plain',
  'with space',
  "it's",
  'a"b',
  '$(id)',
  'new\nline',
  '-n',
  'ä 雪',
  'back\\slash',
  '*',
  '!x',
  'a'.repeat(255),
];

test('files with any name are written, read and looked at', sshd, async t => {
  const { link } = await linkTo(t);
  const folder = await testFolder(t);
  const signal = patience();
  for (const name of names) {
    const path = join(folder, name);
    await link.writeFile(path, Buffer.from(`content of ${name}\0`), { signal, mode: 0o640 });
    assert.equal(await textOf(path), `content of ${name}\0`);
    const there = await link.stat(path, { signal });
    assert.deepEqual([there?.kind, there?.bytes, there?.mode], ['file', (await stat(path)).size, 0o640]);
    assert.equal(Buffer.from(await link.readFile(path, { signal })).toString(), `content of ${name}\0`);
  }
  assert.deepEqual((await readdir(folder)).sort(), [...names].sort(), 'no temporary file is left');
});

test('what is there is told with kind, mode, owner and time', sshd, async t => {
  const { link } = await linkTo(t);
  const folder = await testFolder(t);
  const signal = patience();
  await mkdir(join(folder, 'd'), { mode: 0o750 });
  await symlink('d', join(folder, 'l'));
  const there = await link.stat(join(folder, 'd'), { signal });
  const really = await stat(join(folder, 'd'));
  assert.deepEqual(there, {
    kind: 'folder',
    bytes: really.size,
    mode: 0o750,
    uid: really.uid,
    gid: really.gid,
    modified: Math.floor(really.mtimeMs / 1000),
  });
  assert.equal((await link.stat(join(folder, 'l'), { signal }))?.kind, 'folder');
  assert.equal((await link.stat('/dev/null', { signal }))?.kind, 'other');
  assert.equal(await link.stat(join(folder, 'nothing'), { signal }), undefined);
  assert.equal(await link.stat('/etc/passwd/nothing', { signal }), undefined);
});

test('writing replaces a file whole and keeps nothing of the old one', sshd, async t => {
  const { link } = await linkTo(t);
  const path = join(await testFolder(t), 'config.yaml');
  await writeFile(path, 'old '.repeat(10_000), { mode: 0o644 });
  await link.writeFile(path, Buffer.from('new'), { signal: patience(), mode: 0o600 });
  assert.equal(await textOf(path), 'new');
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  await link.writeFile(path, new Uint8Array(), { signal: patience(), mode: 0o600 });
  assert.equal(await textOf(path), '');
});

test('what cannot be written or read is named, and nothing is left behind', sshd, async t => {
  const { link } = await linkTo(t);
  const folder = await testFolder(t);
  const signal = patience();
  const write = (path: string) => failureOf(link.writeFile(path, Buffer.from('x'), { signal, mode: 0o600 }));
  assert.equal((await write(join(folder, 'no-folder', 'x')))?.code, 'no-such-thing');
  assert.match((await write(folder))?.says ?? '', /is a folder/);
  assert.equal((await failureOf(link.readFile(join(folder, 'none'), { signal })))?.code, 'no-such-thing');
  assert.match((await failureOf(link.readFile(folder, { signal })))?.says ?? '', /is a folder/);
  await writeFile(join(folder, 'big'), 'x'.repeat(1001));
  const big = await failureOf(link.readFile(join(folder, 'big'), { signal, mostBytes: 1000 }));
  assert.match(big?.says ?? '', /bigger than the 1000 bytes/);
  assert.equal((await link.readFile(join(folder, 'big'), { signal, mostBytes: 1001 })).length, 1001);
  const owner = await failureOf(
    link.writeFile(join(folder, 'owned'), Buffer.from('x'), {
      signal,
      mode: 0o600,
      owner: 'no-such-user-here',
    }),
  );
  assert.ok(owner);
  assert.deepEqual(await readdir(folder), ['big']);
});

test('a full disk is called a full disk', { ...sshd, ...needsRoot() }, async t => {
  const { link } = await linkTo(t);
  const folder = await mkdtemp(join(tmpdir(), 'coldstart-full-'));
  let mounted = false;
  t.after(async () => {
    if (mounted) await run('umount', [folder]);
    await rmdir(folder);
  });
  const signal = patience();
  mounted = (await link.exec(sh`mount -t tmpfs -o size=64k none ${folder}`, { signal })).code === 0;
  if (!mounted) return t.skip('mounting is not allowed here');
  const big = Buffer.alloc(1_000_000, 'x');
  const options = { signal, mode: 0o600 };
  assert.equal((await failureOf(link.writeFile(join(folder, 'f'), big, options)))?.code, 'disk-full');
  assert.deepEqual(await readdir(folder), []);
  const upload = await failureOf(link.upload(sourceOf(big), join(folder, 'f'), options));
  assert.equal(upload?.code, 'disk-full');
  return undefined;
});

test(
  'an ordinary account writes as root through sudo, with mode and owner',
  { ...needs('sshd', 'sudo'), ...needsRoot() },
  async t => {
    const user = await temporaryUser(t, '%u ALL=(ALL) NOPASSWD: ALL');
    const server = await startSshd(t);
    const link = await openTrusting(t, await lonelyLinks(t), targetOf(server, { user: user.name }));
    const folder = await testFolder(t);
    const path = join(folder, 'as root');
    const signal = patience();
    const refused = await failureOf(link.writeFile(path, Buffer.from('x'), { signal, mode: 0o600 }));
    assert.equal(refused?.code, 'not-writable');
    await link.writeFile(path, Buffer.from('secret'), {
      signal,
      as: 'root',
      mode: 0o640,
      owner: `root:${user.name}`,
    });
    const there = await link.stat(path, { signal, as: 'root' });
    assert.deepEqual([there?.uid, there?.mode, there?.gid === 0], [0, 0o640, false]);
    assert.equal(String(await link.readFile(path, { signal })), 'secret');
    await link.writeFile(path, Buffer.from('more'), { signal, as: 'root', mode: 0o600 });
    assert.equal((await failureOf(link.readFile(path, { signal })))?.code, 'not-writable');
    assert.equal(String(await link.readFile(path, { signal, as: 'root' })), 'more');
  },
);

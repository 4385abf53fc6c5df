import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { localFiles } from '../../../main/machine/files.ts';
import type { Sticks } from '../../../main/ports.ts';
import { folderService } from '../../../main/services/folders/service.ts';
import { failing } from '../../support/failing.ts';
import { folder } from '../../support/folder.ts';
import { context } from '../../support/sites.ts';

function made(t: TestContext, sticks: Pick<Sticks, 'list'> = { list: async () => [] }) {
  const root = folder(t);
  const homeFolder = join(root, 'home', 'ada');
  const media = join(root, 'media');
  mkdirSync(homeFolder, { recursive: true });
  mkdirSync(media);
  const calls = folderService({
    files: localFiles(),
    sticks,
    homeFolder,
    mediaFolders: [media, join(root, 'none')],
  });
  return {
    root,
    homeFolder,
    media,
    list: async (path?: string) => await calls['folder.list'](path === undefined ? {} : { path }, context()),
  };
}
const names = (found: { readonly entries: readonly { readonly name: string }[] }) =>
  found.entries.map(one => one.name);

test('folders come first, numbers count as numbers, hidden entries stay hidden', async t => {
  const { homeFolder, list } = made(t);
  for (const name of ['bundle10', 'bundle9', '.ssh', 'Zoo']) mkdirSync(join(homeFolder, name));
  for (const name of ['a.tar', '.bashrc', "it's $(odd)\n"]) writeFileSync(join(homeFolder, name), 'abc');
  symlinkSync('bundle9', join(homeFolder, 'latest'));
  symlinkSync('nowhere', join(homeFolder, 'broken'));
  const found = await list(homeFolder);
  assert.deepEqual(names(found), ['bundle9', 'bundle10', 'latest', 'Zoo', 'a.tar', "it's $(odd)\n"]);
  assert.deepEqual(
    found.entries.map(one => one.folder),
    [true, true, true, true, false, false],
  );
  assert.equal(found.entries[4]?.bytes, 3);
  assert.deepEqual((await list(found.entries[2]?.path)).entries, []);
});

test('one can walk up to the root and down again', async t => {
  const { homeFolder, list } = made(t);
  const top = await list('/');
  assert.equal(top.parent, undefined);
  assert.equal((await list(homeFolder)).parent, join(homeFolder, '..'));
  assert.equal((await list(`${homeFolder}/../ada//./`)).path, homeFolder);
  assert.equal((await list('/tmp')).parent, '/');
  assert.equal((await list('~')).path, homeFolder);
});

test('without a path the home folder is shown, with plugged-in sticks first', async t => {
  const sticks = { list: async () => [stick('/run/elsewhere/KEY', 'KEY')] };
  const { homeFolder, media, list } = made(t, sticks);
  mkdirSync(join(homeFolder, 'bundles'));
  mkdirSync(join(media, 'card'));
  mkdirSync(join(media, basename(homeFolder), 'SUPPLY 7'), { recursive: true });
  const found = await list();
  assert.equal(found.path, homeFolder);
  assert.deepEqual(
    found.entries.map(one => one.path).sort(),
    [
      join(media, 'ada', 'SUPPLY 7'),
      join(media, 'card'),
      '/run/elsewhere/KEY',
      join(homeFolder, 'bundles'),
    ].sort(),
  );
  assert.equal(found.entries.at(-1)?.name, 'bundles');
  assert.ok(names(found).includes(`SUPPLY 7 (${join(media, 'ada', 'SUPPLY 7')})`));
});

const stick = (path: string, label: string) => ({
  path,
  label,
  fileSystem: 'exfat',
  bytes: 1,
  free: 1,
  device: '/dev/sdb1',
  model: '',
  serial: '',
  warnings: [],
  removable: true,
  writable: true,
});

test('what cannot be listed is explained', async t => {
  const { homeFolder, list } = made(t);
  writeFileSync(join(homeFolder, 'file'), '');
  assert.match((await failing('no-such-thing', () => list(join(homeFolder, 'gone')))).next ?? '', /stick/);
  await failing('could-not', () => list(join(homeFolder, 'file')));
  for (const path of ['relative', 'a\0b', './x', '']) await failing('bad-ask', () => list(path));
});

test('sticks that cannot be asked for do not hide the home folder', async t => {
  const { homeFolder, list } = made(t, { list: () => Promise.reject(new Error('no lsblk')) });
  assert.equal((await list()).path, homeFolder);
});

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { openApp } from '../support/app.ts';
import { commandLine, failureIn, harmless } from '../support/coldstart.ts';
import type { CommandLine } from '../support/coldstart.ts';
import { assets } from '../support/field-site.ts';
import { folder } from '../support/folder.ts';
import { needsRoot } from '../support/needs.ts';
import { testDisk } from '../support/stick.ts';

function laptop(t: TestContext): CommandLine {
  const home = join(folder(t), 'home');
  mkdirSync(home);
  return commandLine(home);
}
const sites = async (cli: CommandLine): Promise<string[]> =>
  (await cli.done('site', 'list')).sites.map((site: { name: string }) => site.name);

// ── two at once ──

test('many commands on one home at the same moment all do their work, once each', async t => {
  const cli = laptop(t);
  await cli.done('site', 'list');
  const names = Array.from({ length: 8 }, (_, i) => `site ${i}`);
  const said = await Promise.all(names.map(name => cli.run('site', 'create', name)));
  for (const each of said) assert.equal(each.status, 0, each.stdout);
  assert.deepEqual((await sites(cli)).toSorted(), names);
});

test('a command that others work through waits for them before it ends', async t => {
  const cli = laptop(t);
  const path = assets(join(cli.home, '..', 'assets'), { images: new Uint8Array(200 * 1024 * 1024) });
  const first = cli.start('bundle', 'verify', path);
  await first.until(/"done":/);
  const others = await Promise.all(
    [cli.start('bundle', 'import', path), cli.start('site', 'create', 'Dome C')].map(each => each.ended),
  );
  for (const said of [...others, await first.ended]) assert.equal(said.status, 0, said.stdout);
  assert.deepEqual(await sites(cli), ['Dome C']);
});

test('a command works while the app is open in a browser, and the app lives on', async t => {
  const cli = laptop(t);
  const app = await openApp(cli.home);
  t.after(() => app.close());
  // The page host opens a world when its first page comes; a command may come before that.
  await cli.done('site', 'create', 'Dome C');
  const { link } = await cli.done('link');
  assert.match(link, /^http:\/\/127\.0\.0\.1:\d+\//);
  assert.deepEqual(await sites(cli), ['Dome C']);
  failureIn(await cli.run('site', 'create', 'Dome C'), 'already-there');
  await app.close();
  assert.deepEqual(await sites(cli), ['Dome C'], 'what a command did through the app is kept');
  failureIn(await cli.run('link'), 'no-such-thing');
});

test('an app that was killed leaves its home free', async t => {
  const cli = laptop(t);
  const app = await openApp(cli.home);
  await cli.done('site', 'create', 'Dome C');
  await app.kill();
  assert.deepEqual(await sites(cli), ['Dome C']);
  const second = await openApp(cli.home);
  await second.close();
});

// ── homes that are not as they were ──

test('a journal overwritten with garbage is kept, told on every screen, and the app works on', async t => {
  const cli = laptop(t);
  await cli.done('site', 'create', 'Dome C');
  const garbage = Buffer.alloc(40_000, 'garbage ');
  writeFileSync(join(cli.home, 'coldstart.db'), garbage);
  const first = await cli.run('site', 'list');
  assert.equal(first.status, 0, first.stdout);
  assert.deepEqual(first.json.sites, []);
  assert.match(first.stderr, /found damaged.*set aside/);
  const kept = readdirSync(cli.home).find(name => name.startsWith('coldstart.db.damaged-'));
  assert.ok(kept);
  assert.deepEqual(readFileSync(join(cli.home, kept)), garbage);
  await cli.done('site', 'create', 'Dome D');
  assert.deepEqual(await sites(cli), ['Dome D']);
});

test('a home written by a newer Coldstart is left alone', async t => {
  const cli = laptop(t);
  await cli.done('site', 'create', 'Dome C');
  const { default: Database } = await import('better-sqlite3');
  const db = new Database(join(cli.home, 'coldstart.db'));
  const version = Number(db.pragma('user_version', { simple: true }));
  db.pragma('user_version = 999');
  db.close();
  const before = readFileSync(join(cli.home, 'coldstart.db'));
  const failure = failureIn(await cli.run('site', 'list'), 'refused');
  assert.match(failure.says, /newer/);
  assert.deepEqual(readFileSync(join(cli.home, 'coldstart.db')), before);
  const back = new Database(join(cli.home, 'coldstart.db'));
  back.pragma(`user_version = ${version}`);
  back.close();
  assert.deepEqual(await sites(cli), ['Dome C']);
});

test('a damaged, foreign or misplaced home is told apart and nothing in it is changed', async t => {
  const cli = laptop(t);
  await cli.done('site', 'create', 'Dome C');
  const world = join(cli.home, 'world');
  const brand = readFileSync(world);
  writeFileSync(world, 'practice\n');
  failureIn(await cli.run('site', 'list'), 'practice-only');
  writeFileSync(world, '???');
  failureIn(await cli.run('site', 'list'), 'damaged');
  writeFileSync(world, brand);
  assert.deepEqual(await sites(cli), ['Dome C']);

  const foreign = folder(t);
  writeFileSync(join(foreign, 'thesis.odt'), 'x');
  failureIn(await commandLine(foreign).run('site', 'list'), 'refused');
  assert.deepEqual(readdirSync(foreign), ['thesis.odt']);

  const file = join(folder(t), 'file');
  writeFileSync(file, 'x');
  const said = await commandLine(file, [], { cwd: foreign }).run('site', 'list');
  failureIn(said, said.json.failure.code);
});

test('a damaged vault is told, and everything that needs no secret works on', async t => {
  const cli = laptop(t);
  await cli.done('site', 'create', 'Dome C');
  const vault = join(cli.home, 'vault.json');
  writeFileSync(vault, '{"format":1,"id":"x"');
  const said = await cli.run('site', 'list');
  assert.equal(said.status, 0, said.stdout);
  assert.match(said.stderr, /vault of this home is damaged/);
  assert.equal(readFileSync(vault, 'utf8'), '{"format":1,"id":"x"', 'the file is left as it is');
});

test('a home on a full disk says so, loses nothing, and works again with room', needsRoot(), async t => {
  const disk = testDisk(t, 'size=2m');
  const home = join(disk.path, 'home');
  mkdirSync(home);
  const cli = commandLine(home, [], { cwd: disk.path });
  await cli.done('site', 'create', 'Dome C');
  const fill = join(disk.path, 'filler');
  writeFileSync(fill, '');
  const { statfsSync, truncateSync } = await import('node:fs');
  const { bavail, bsize } = statfsSync(disk.path);
  writeFileSync(fill, Buffer.alloc(bavail * bsize));
  for (const args of [
    ['site', 'create', 'Dome D'],
    ['bundle', 'import', assets(join(folder(t), 'assets'))],
  ]) {
    const said = await cli.run(...args);
    const failure = failureIn(said, said.json?.failure?.code);
    assert.ok(['disk-full', 'space-short'].includes(failure.code), said.stdout);
  }
  truncateSync(fill, 0);
  await cli.done('site', 'create', 'Dome E');
  assert.deepEqual((await sites(cli)).toSorted(), ['Dome C', 'Dome E']);
  // A first start on a full disk leaves nothing that a later one trips over.
  writeFileSync(fill, Buffer.alloc(statfsSync(disk.path).bavail * bsize));
  const other = join(disk.path, 'other');
  mkdirSync(other);
  const fresh = commandLine(other, [], { cwd: disk.path });
  const said = await fresh.run('site', 'create', 'Dome F');
  failureIn(said, said.json.failure.code);
  truncateSync(fill, 0);
  await fresh.done('site', 'create', 'Dome F');
});

test('a home on a disk that became read-only says so', needsRoot(), async t => {
  const disk = testDisk(t, 'size=8m');
  const home = join(disk.path, 'home');
  mkdirSync(home);
  const cli = commandLine(home, [], { cwd: disk.path });
  await cli.done('site', 'create', 'Dome C');
  disk.remount('ro');
  failureIn(await cli.run('site', 'list'), 'not-writable');
  disk.remount('rw');
  assert.deepEqual(await sites(cli), ['Dome C']);
});

test('everything in a home belongs to its owner alone', async t => {
  const cli = laptop(t);
  await cli.done('site', 'create', 'Dome C');
  await cli.done('bundle', 'import', assets(join(cli.home, '..', 'assets')));
  for (const name of readdirSync(cli.home, { recursive: true, encoding: 'utf8' })) {
    const path = join(cli.home, name);
    if (existsSync(path)) assert.equal(statSync(path).mode & 0o077, 0, name);
  }
});

// ── names ──

const takenNames = [
  'Dôme Č 穹顶 🧊',
  "O'Neill “north”",
  'a "b" $(id) `id` ; & | < > \\ * ?',
  '../../etc',
  'CON',
  '%s%n',
  '‏قبة',
];
const refusedNames = [
  '',
  '   ',
  'a\nb',
  'a\u0000b',
  'a\u001b[2Jb',
  'a\u202eb',
  'a\ufeffb',
  'a\u2028b',
  'x'.repeat(101),
];

test('sites and nodes may be called nearly anything, and what they may not is said', async t => {
  const cli = laptop(t);
  for (const name of takenNames) {
    const site = await cli.done('site', 'create', name);
    assert.equal(site.name, name.normalize('NFC'));
    const node = await cli.done(
      'node',
      'add',
      name,
      '--site',
      name,
      '--address',
      '127.0.0.1',
      '--port',
      '1',
      '--user',
      'tech',
    );
    assert.equal(node.name, name.normalize('NFC'));
    const shown = await cli.run('site', 'show', name);
    assert.equal(shown.status, 0, shown.stdout);
    harmless(shown);
    failureIn(await cli.run('node', 'show', node.id), 'unreachable');
  }
  for (const name of refusedNames.filter(each => !each.includes('\u0000'))) {
    failureIn(await cli.run('site', 'create', name), 'bad-ask');
    failureIn(await cli.run('node', 'add', name, '--site', 'CON', '--address', 'x'), 'bad-ask');
  }
  failureIn(await cli.run('site', 'create', '-dash'), 'bad-ask');
  failureIn(await cli.run('site', 'create', '--', '-dash'), 'bad-ask');
  assert.equal((await sites(cli)).length, takenNames.length);
});

test('addresses, users, ports and keys that cannot be are refused by name', async t => {
  const cli = laptop(t);
  await cli.done('site', 'create', 'Dome C');
  const refused = async (...more: string[]): Promise<void> => {
    failureIn(await cli.run('node', 'add', 'cp1', ...more), 'bad-ask');
  };
  for (const address of [
    '',
    'a b',
    'tech@10.0.0.1',
    '10.0.0.1:22',
    '$(id)',
    '-oProxyCommand=id',
    'a\nb',
    'x'.repeat(300),
  ])
    await refused(`--address=${address}`);
  for (const user of ['', 'a b', '-l', '$(id)', 'root\nx', "o'neill"])
    await refused('--address', '10.0.0.1', `--user=${user}`);
  for (const port of ['0', '65536', '-1', '2.2', '1e3', '0x16', '', 'ssh', ' 22'])
    await refused('--address', '10.0.0.1', `--port=${port}`);
  await refused('--address', '10.0.0.1', '--key', 'a\nb');
  assert.deepEqual((await cli.done('node', 'list')).nodes, []);
});

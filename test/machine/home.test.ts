import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { homeFolder, openHome } from '../../main/machine/home.ts';
import { failing } from '../support/failing.ts';
import { folder } from '../support/folder.ts';

const bits = (path: string): number => statSync(path).mode & 0o777;

test('the home is where COLDSTART_HOME says, or where the platform keeps an app’s data', () => {
  assert.equal(homeFolder({ COLDSTART_HOME: '/srv/cold' }, 'linux'), '/srv/cold');
  assert.equal(homeFolder({ XDG_DATA_HOME: '/data' }, 'linux'), '/data/coldstart');
  assert.equal(homeFolder({ XDG_DATA_HOME: 'relative' }, 'linux'), join(homedir(), '.local/share/coldstart'));
  assert.equal(homeFolder({ COLDSTART_HOME: '' }, 'linux'), join(homedir(), '.local/share/coldstart'));
  assert.equal(homeFolder({}, 'darwin'), join(homedir(), 'Library/Application Support/Coldstart'));
  assert.match(homeFolder({ APPDATA: '/roaming' }, 'win32'), /roaming.Coldstart$/);
});

test('a new home is closed to everyone else, and so is every file made later', t => {
  const env = { COLDSTART_HOME: join(folder(t), 'deep', 'home') };
  const home = openHome({ env, world: 'real' });
  for (const path of [home.folder, home.bundles, home.snapshots, home.spool, home.runs, home.keys])
    assert.equal(bits(path), 0o700, path);
  assert.equal(bits(join(home.folder, 'world')), 0o600);
  const later = join(home.folder, 'later');
  writeFileSync(later, '');
  assert.equal(bits(later), 0o600);
});

test('a home that was opened up is closed again at the next start', t => {
  const env = { COLDSTART_HOME: join(folder(t), 'home') };
  const home = openHome({ env, world: 'real' });
  chmodSync(home.folder, 0o755);
  chmodSync(home.runs, 0o755);
  openHome({ env, world: 'real' });
  assert.equal(bits(home.folder), 0o700);
  assert.equal(bits(home.runs), 0o700);
});

test('practice has a home of its own below the real one', t => {
  const env = { COLDSTART_HOME: folder(t) };
  const practice = openHome({ env, world: 'practice' });
  const real = openHome({ env, world: 'real' });
  assert.equal(practice.folder, join(real.folder, 'practice'));
  assert.notEqual(practice.db, real.db);
  assert.notEqual(practice.vault, real.vault);
});

test('a home where the window put its profile first is a new home all the same', t => {
  const env = { COLDSTART_HOME: folder(t) };
  mkdirSync(join(env.COLDSTART_HOME, 'window'));
  writeFileSync(join(env.COLDSTART_HOME, 'window', 'SingletonLock'), '');
  assert.equal(openHome({ env, world: 'real' }).folder, env.COLDSTART_HOME);
});

test('a practice home opened as real is refused, and the reverse', async t => {
  const env = { COLDSTART_HOME: folder(t) };
  const practice = openHome({ env, world: 'practice' });
  const asReal = await failing('practice-only', () =>
    openHome({ env: { COLDSTART_HOME: practice.folder }, world: 'real' }),
  );
  assert.match(asReal.says, /practice station/);
  writeFileSync(join(practice.folder, 'world'), 'real\n');
  await failing('practice-only', () => openHome({ env, world: 'practice' }));
});

test('a home in use whose brand is gone or scribbled over is opened as neither', async t => {
  const env = { COLDSTART_HOME: folder(t) };
  const home = openHome({ env, world: 'real' });
  writeFileSync(home.db, 'journal');
  for (const spoil of [
    () => {
      writeFileSync(join(home.folder, 'world'), 'moon');
    },
    () => {
      rmSync(join(home.folder, 'world'));
    },
  ]) {
    spoil();
    await failing('damaged', () => openHome({ env, world: 'real' }));
    assert.equal(readFileSync(home.db, 'utf8'), 'journal');
  }
});

test('a folder that holds other things is not made into a home', async t => {
  const path = folder(t);
  chmodSync(path, 0o755);
  writeFileSync(join(path, 'holiday.jpg'), '');
  await failing('refused', () => openHome({ env: { COLDSTART_HOME: path }, world: 'real' }));
  assert.equal(bits(path), 0o755);
  assert.equal(existsSync(join(path, 'world')), false);
});

test('a home that cannot be made says so', async t => {
  const path = folder(t);
  writeFileSync(join(path, 'file'), '');
  await failing('not-writable', () =>
    openHome({ env: { COLDSTART_HOME: join(path, 'file', 'home') }, world: 'real' }),
  );
});

test('a home too deep for a socket puts its door into the runtime folder', t => {
  const deep = join(folder(t), 'd'.repeat(120));
  mkdirSync(deep);
  const env = { COLDSTART_HOME: deep, XDG_RUNTIME_DIR: '/run/user/1000' };
  assert.match(openHome({ env, world: 'real' }).door, /^\/run\/user\/1000\/coldstart-[0-9a-f]{16}\.sock$/);
});

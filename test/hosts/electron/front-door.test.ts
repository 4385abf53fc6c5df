import '../../support/redirect-electron.ts';
import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { client } from '../../../preload/contract/client.ts';
import { sayHello } from '../../../preload/contract/hello.ts';
import { gateCarriers } from '../../../renderer/bridge/gate-carrier.ts';
import type { Gate } from '../../../renderer/bridge/gate-carrier.ts';
import { app, dialog, ipcRenderer, powerMonitor, protocol, windows } from '../../support/electron.ts';
import { folder } from '../../support/folder.ts';
import { preloaded } from '../../support/redirect-electron.ts';

let starts = 0;

/** Runs `main/electron.ts` anew, as a start of the app with these words. Gives the exit code still to come. */
async function started(
  home: string,
  ...words: readonly string[]
): Promise<{ readonly exited: Promise<number> }> {
  process.env['COLDSTART_HOME'] = home;
  process.argv = ['/opt/Coldstart/coldstart', ...words];
  app.removeAllListeners();
  app.did.length = 0;
  starts += 1;
  const exited = new Promise<number>(done => app.once('exited', done));
  await import(`${new URL('../../../main/electron.ts', import.meta.url).href}?start=${starts}`);
  return { exited };
}

async function windowOpened(): Promise<void> {
  const before = windows.length;
  while (windows.length === before || windows.at(-1)?.did.includes('show') !== true)
    await new Promise(done => setTimeout(done, 10));
}

test('the window opens over the real services, once everything that comes first is done', async t => {
  const home = folder(t);
  const opening = windowOpened();
  const { exited } = await started(home);
  await opening;
  // The sandbox and the scheme must be set before the app is ready.
  assert.deepEqual(app.did.slice(0, 3), ['enableSandbox', 'registerScheme', 'whenReady']);
  assert.deepEqual(protocol.privileged[0], {
    scheme: 'coldstart',
    privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
  });
  assert.equal(app.paths.get('userData'), join(home, 'window'));
  assert.equal(statSync(join(home, 'window')).mode & 0o777, 0o700);
  const window = windows.at(-1);
  assert.ok(window);
  ipcRenderer.contents = window.webContents;
  const { coldstart } = await preloaded();
  const page = client(await sayHello(gateCarriers(coldstart as Gate)(), { t: 'hello', world: 'real' }));
  const about = await page.call('app.about', {});
  assert.equal(about.door, 'window');
  assert.equal(about.home, home);

  window.minimize();
  app.emit('second-instance');
  assert.deepEqual(window.did, ['show', 'restore', 'focus']);

  window.close();
  assert.equal(await exited, 0);
  assert.equal(existsSync(join(home, 'door.sock')), false);
});

test('a second start leaves the window to the first, and opens nothing itself', async t => {
  const before = windows.length;
  t.after(() => (app.single = true));
  app.single = false;
  const home = folder(t);
  const { exited } = await started(home);
  assert.equal(await exited, 0);
  assert.equal(windows.length, before);
  assert.equal(existsSync(join(home, 'coldstart.db')), false);
});

test('a shutdown of the laptop ends the app cleanly', async t => {
  const home = folder(t);
  const opening = windowOpened();
  const { exited } = await started(home);
  await opening;
  await new Promise(done => setImmediate(done));
  powerMonitor.emit('shutdown');
  assert.equal(await exited, 0);
  assert.equal(existsSync(join(home, 'door.sock')), false);
});

test('a command is answered by the CLI, and no window exists', async t => {
  const before = windows.length;
  const { exited } = await started(folder(t), '--no-sandbox', 'site', 'list', '--json');
  assert.equal(await exited, 0);
  assert.deepEqual(app.did, ['exit 0']);
  assert.equal(windows.length, before);
});

test('a wrong word opens nothing and says so', async t => {
  const { exited } = await started(folder(t), '--prot');
  assert.equal(await exited, 2);
  assert.match(dialog.shown.at(-1) ?? '', /prot/);
});

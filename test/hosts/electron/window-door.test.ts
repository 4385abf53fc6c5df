import '../../support/redirect-electron.ts';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { client } from '../../../preload/contract/client.ts';
import type { World } from '../../../preload/contract/domain.ts';
import type { GoingOn } from '../../../main/core/going-on.ts';
import { mostBytesToHost, mostBytesToPage } from '../../../preload/contract/codec.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { sayHello } from '../../../preload/contract/hello.ts';
import { clientAtDoor, linkFromDoor } from '../../../main/hosts/node/door-client.ts';
import { gateCarriers } from '../../../renderer/bridge/gate-carrier.ts';
import type { Gate } from '../../../renderer/bridge/gate-carrier.ts';
import {
  app,
  dialog,
  FakeContents,
  ipcMain,
  ipcRenderer,
  protocol,
  session,
  windows,
} from '../../support/electron.ts';
import { failing } from '../../support/failing.ts';
import { folder } from '../../support/folder.ts';
import { answering } from '../../support/handlers.ts';
import { somePage } from '../../support/loopback.ts';
import { preloaded } from '../../support/redirect-electron.ts';

const { openWindowDoor } = await import('../../../main/hosts/electron/window-door.ts');

interface Given {
  readonly world?: World;
  readonly openWorld?: Parameters<typeof openWindowDoor>[0]['openWorld'];
  readonly goingOn?: () => readonly GoingOn[];
}

/** The app in a window of the stand-in, closed after the test. */
async function opened(t: TestContext, { world = 'real', openWorld, goingOn }: Given = {}) {
  const home = folder(t);
  const said: string[] = [];
  app.removeAllListeners();
  const door = await openWindowDoor({
    pageFolder: somePage(t),
    preload: '/app/out/preload/preload.cjs',
    world,
    openWorld:
      openWorld ??
      (async name => ({
        handlers: answering({
          calls: {
            'site.create': ({ name: site }) => {
              throw new FieldError({ code: 'refused', says: `${name}: ${site}` });
            },
          },
        }),
        home,
        door: join(home, `${name}.sock`),
        ...(goingOn && { goingOn }),
        close: async () => {},
      })),
    say: line => said.push(line),
  });
  t.after(() => door.close());
  const window = windows.at(-1);
  assert.ok(window);
  ipcRenderer.contents = window.webContents;
  return { door, window, said, home };
}

test('the page is isolated and sandboxed, has no Node and no web views', async t => {
  const { window } = await opened(t);
  const preferences = window.options['webPreferences'] as Record<string, unknown>;
  assert.deepEqual(
    { ...preferences },
    {
      preload: '/app/out/preload/preload.cjs',
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      navigateOnDragDrop: false,
      devTools: false,
      spellcheck: false,
    },
  );
  assert.equal(window.webContents.mainFrame.url, 'coldstart://app/');
  assert.deepEqual(window.did, ['show']);
});

test('the gate shows the page frames on one channel and nothing of Electron', async t => {
  await opened(t);
  const shown = await preloaded();
  assert.deepEqual(Object.keys(shown), ['coldstart']);
  assert.deepEqual(Object.keys(shown['coldstart'] as object).toSorted(), ['hear', 'post']);
});

test('the page asks its world through the gate', async t => {
  await opened(t);
  const { coldstart } = await preloaded();
  const next = gateCarriers(coldstart as Gate);
  for (const world of ['real', 'practice'] as const) {
    const page = client(await sayHello(next(), { t: 'hello', world }));
    assert.equal(
      (await failing('refused', () => page.call('site.create', { name: 'a' }))).says,
      `${world}: a`,
    );
  }
});

test('a message that is not from the top frame of our page is dropped and told', async t => {
  const { window, said } = await opened(t);
  const ours = window.webContents;
  const heard: unknown[] = [];
  ours.toPage.on('coldstart:frames', (_event, frame) => heard.push(frame));
  const hello = { t: 'hello', world: 'real' };
  const stranger = new FakeContents();
  stranger.mainFrame.url = 'coldstart://app/';
  for (const [sender, senderFrame] of [
    [stranger, stranger.mainFrame],
    [stranger, ours.mainFrame],
    [ours, { url: 'coldstart://app/' }],
    [ours, stranger.mainFrame],
    [ours, null],
  ])
    ipcMain.emit('coldstart:frames', { sender, senderFrame }, hello);
  for (const url of [
    'https://evil.example/',
    'file:///etc/passwd',
    'coldstart://evil/',
    'coldstart://app:1/',
    'about:blank',
    '',
  ]) {
    ours.mainFrame.url = url;
    ipcMain.emit('coldstart:frames', { sender: ours, senderFrame: ours.mainFrame }, hello);
  }
  await new Promise(done => setTimeout(done, 20));
  assert.deepEqual(heard, []);
  assert.equal(said.filter(line => /dropped/.test(line)).length, 11);
});

test('a page that is loaded again, dies or is closed leaves no call running', async t => {
  const ended: string[] = [];
  let began: () => void = () => {};
  const { window } = await opened(t, {
    openWorld: async () => ({
      handlers: answering({
        calls: {
          'site.list': async (_, { signal }) => {
            began();
            await new Promise(done => signal.addEventListener('abort', done));
            ended.push('site.list');
            return [];
          },
        },
      }),
      home: '',
      close: async () => {},
    }),
  });
  const contents = window.webContents;
  const endings = [
    () =>
      contents.emit('did-start-navigation', {
        isMainFrame: true,
        isSameDocument: false,
        url: 'coldstart://app/',
      }),
    () => contents.emit('render-process-gone', {}),
    () => contents.destroy(),
  ];
  for (const [i, ending] of endings.entries()) {
    const { coldstart } = await preloaded();
    const page = client(await sayHello(gateCarriers(coldstart as Gate)(), { t: 'hello', world: 'real' }));
    const begun = new Promise<void>(done => (began = done));
    page.call('site.list', {}).catch(() => {});
    await begun;
    contents.emit('did-start-navigation', {
      isMainFrame: true,
      isSameDocument: true,
      url: 'coldstart://app/#x',
    });
    contents.emit('did-start-navigation', { isMainFrame: false, isSameDocument: false, url: 'x' });
    assert.equal(ended.length, i);
    ending();
    while (ended.length <= i) await new Promise(done => setImmediate(done));
  }
});

test('no permission is given but writing to the clipboard, and that only to our page', async t => {
  await opened(t);
  const all = session.defaultSession;
  const asked = (permission: string, requestingUrl: string): boolean => {
    let granted = false;
    all.request?.({}, permission, answer => (granted = answer), { requestingUrl });
    assert.equal(all.check?.({}, permission, requestingUrl), granted, permission);
    return granted;
  };
  assert.equal(asked('clipboard-sanitized-write', 'coldstart://app/'), true);
  assert.equal(asked('clipboard-sanitized-write', 'https://evil.example/'), false);
  for (const permission of [
    'clipboard-read',
    'media',
    'geolocation',
    'notifications',
    'serial',
    'usb',
    'hid',
    'midi',
    'openExternal',
    'fileSystem',
    'fullscreen',
    'unknown',
  ])
    assert.equal(asked(permission, 'coldstart://app/'), false, permission);
  assert.equal(all.device?.(), false);
});

test('the page cannot lead anywhere else, open windows or hold web views', async t => {
  const { window } = await opened(t);
  const contents = window.webContents;
  const stopped = (event: string, url: string): boolean => {
    let prevented = false;
    contents.emit(event, { url, preventDefault: () => (prevented = true) });
    return prevented;
  };
  for (const event of ['will-navigate', 'will-redirect', 'will-frame-navigate']) {
    for (const url of [
      'https://evil.example/',
      'file:///etc/passwd',
      'coldstart://evil/',
      'javascript:1',
      'data:text/html,x',
      '',
    ])
      assert.equal(stopped(event, url), true, `${event} ${url}`);
    assert.equal(stopped(event, 'coldstart://app/?world=practice'), false, event);
  }
  assert.equal(stopped('will-attach-webview', 'coldstart://app/'), true);
  assert.deepEqual(contents.windowOpen?.(), { action: 'deny' });
});

test('every web contents is kept at home, not only the first', async t => {
  await opened(t);
  const other = new FakeContents();
  app.emit('web-contents-created', {}, other);
  assert.deepEqual(other.windowOpen?.(), { action: 'deny' });
  assert.equal(other.listenerCount('will-navigate'), 1);
});

test('the page reaches no network', async t => {
  await opened(t);
  const cancelled = (url: string): boolean => {
    let verdict = false;
    session.defaultSession.before?.({ url }, ({ cancel }) => (verdict = cancel));
    return verdict;
  };
  for (const url of [
    'https://update.example/',
    'http://127.0.0.1:1/',
    'ws://127.0.0.1/',
    'file:///etc/passwd',
    'devtools://x/',
  ])
    assert.equal(cancelled(url), true, url);
  for (const url of ['coldstart://app/assets/x.js', 'data:image/png;base64,AA=='])
    assert.equal(cancelled(url), false, url);
});

test('our scheme answers GET from one folder, with the content security policy', async t => {
  await opened(t);
  const answer = protocol.handlers.get('coldstart');
  assert.ok(answer);
  const get = (url: string, method = 'GET'): Promise<Response> => answer(new Request(url, { method }));
  const index = await get('coldstart://app/?world=practice');
  assert.equal(index.status, 200);
  assert.match(await index.text(), /Coldstart/);
  assert.match(index.headers.get('content-security-policy') ?? '', /^default-src 'none'; script-src 'self';/);
  assert.equal(
    (await get('coldstart://app/assets/index-abc.js')).headers.get('content-type'),
    'text/javascript; charset=utf-8',
  );
  for (const url of [
    'coldstart://app/../x',
    'coldstart://app/%2e%2e/x',
    'coldstart://app/..%2fx',
    'coldstart://evil/',
    'coldstart://app/.env',
    'https://app/',
  ])
    assert.equal((await get(url)).status, 404, url);
  for (const method of ['POST', 'HEAD', 'PUT', 'DELETE']) {
    const refused = await get('coldstart://app/', method);
    assert.equal(refused.status, 405);
    assert.match(refused.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  }
});

test('a second program reaches the window through the door of its home; a link it cannot get', async t => {
  const { home } = await opened(t);
  const second = await clientAtDoor(join(home, 'real.sock'), 'real');
  assert.equal((await failing('refused', () => second.call('site.create', { name: 'b' }))).says, 'real: b');
  second.close();
  assert.match(
    (await failing('could-not', () => linkFromDoor(join(home, 'real.sock')))).says,
    /no page in a browser/,
  );
});

test('closing lets go of the home', async t => {
  const { door, home } = await opened(t);
  await door.close();
  assert.equal(existsSync(join(home, 'real.sock')), false);
});

test('a home in use elsewhere is told before any window opens', async t => {
  const before = windows.length;
  const held = new FieldError({ code: 'held-elsewhere', says: 'In use by browser, process 4711.' });
  await failing('held-elsewhere', () => opened(t, { openWorld: () => Promise.reject(held) }));
  assert.equal(windows.length, before);
});

test('practice can be what the window begins with', async t => {
  const { window } = await opened(t, { world: 'practice' });
  assert.equal(window.webContents.mainFrame.url, 'coldstart://app/?world=practice');
});

test('a second start brings the window to the front', async t => {
  const { door, window } = await opened(t);
  window.minimize();
  door.show();
  assert.deepEqual(window.did, ['show', 'restore', 'focus']);
});

const install: GoingOn = { is: 'run', what: 'Install K3s', about: 'cp1' };
const settled = (): Promise<void> => new Promise(done => setImmediate(done));

test('the window closes at once while nothing is going on', async t => {
  const asked = dialog.asked.length;
  const { window } = await opened(t);
  window.close();
  assert.equal(window.isDestroyed(), true);
  assert.equal(dialog.asked.length, asked);
});

test('closing the window during a run asks first, and says what becomes of the run', async t => {
  let going: readonly GoingOn[] = [install];
  const { window } = await opened(t, { goingOn: () => going });
  window.close();
  assert.equal(window.isDestroyed(), false);
  const first = dialog.asked.at(-1);
  assert.ok(first);
  assert.equal(first.options.message, 'Install K3s (cp1) is going on. Close Coldstart?');
  assert.match(first.options.detail, /goes on there, nothing further is sent.*offers to continue/);
  assert.deepEqual(first.options.buttons, ['Keep it open', 'Close it']);
  assert.deepEqual([first.options.defaultId, first.options.cancelId], [0, 0]);

  // Impatient clicks ask once.
  const asked = dialog.asked.length;
  window.close();
  assert.equal(dialog.asked.length, asked);
  first.answer(0);
  await settled();
  assert.equal(window.isDestroyed(), false);

  window.close();
  dialog.asked.at(-1)?.answer(1);
  await settled();
  assert.equal(window.isDestroyed(), true);
  going = [];
});

test('quitting during a run asks the same, and the app stays until it is answered', async t => {
  const { window } = await opened(t, { goingOn: () => [install, { is: 'work', what: 'Writing a bag' }] });
  let left = false;
  app.once('will-quit', () => (left = true));
  app.once('window-all-closed', () => app.quit());
  app.quit();
  assert.equal(left, false);
  const question = dialog.asked.at(-1);
  assert.equal(question?.options.message, '2 things are going on. Close Coldstart?');
  assert.match(
    question?.options.detail ?? '',
    /Install K3s \(cp1\)[\s\S]*Writing a bag[\s\S]*goes on from there/,
  );
  question?.answer(1);
  await settled();
  assert.equal(window.isDestroyed(), true);
  assert.equal(left, true);
});

test('a signal or a shutdown of the laptop closes the window without a question', async t => {
  const asked = dialog.asked.length;
  const { door, window } = await opened(t, { goingOn: () => [install] });
  door.askNoMore();
  window.close();
  assert.equal(window.isDestroyed(), true);
  assert.equal(dialog.asked.length, asked);
});

test('a dialog that cannot be shown does not keep the window open for ever', async t => {
  const { window } = await opened(t, { goingOn: () => [install] });
  t.mock.method(dialog, 'showMessageBox', () => Promise.reject(new Error('no display')));
  window.close();
  await settled();
  assert.equal(window.isDestroyed(), true);
});

test('a frame larger than a socket would take ends the connection of the page, whatever it is made of', async t => {
  const { window, said } = await opened(t);
  const { coldstart } = await preloaded();
  const gate = coldstart as Gate;
  const endless: Record<string, unknown> = { t: 'call', id: 1, name: 'site.list' };
  endless['args'] = endless;
  for (const large of [
    { t: 'call', id: 1, name: 'site.list', args: 'x'.repeat(mostBytesToHost) },
    { t: 'call', id: 1, name: 'site.list', args: new Uint8Array(mostBytesToHost + 1) },
    { t: 'call', id: 1, name: 'site.list', args: new ArrayBuffer(mostBytesToHost + 1) },
    { t: 'call', id: 1, name: 'site.list', args: Array.from({ length: mostBytesToHost }, () => 0) },
    { t: 'call', id: 1, name: 'site.list', args: Object.assign([], { length: 2 ** 31 }) },
    endless,
  ]) {
    const page = client(await sayHello(gateCarriers(gate)(), { t: 'hello', world: 'real' }));
    const told = said.length;
    gate.post(large);
    await page.closed;
    assert.match(said.slice(told).join(), /larger than a frame may be/);
  }
  // The asker hears of it before anything is sent.
  const page = client(await sayHello(gateCarriers(gate)(), { t: 'hello', world: 'real' }));
  await failing('bad-ask', () => page.call('site.create', { name: 'x'.repeat(mostBytesToHost) }));
  assert.equal((await failing('refused', () => page.call('site.create', { name: 'y' }))).says, 'real: y');
  assert.equal(window.isDestroyed(), false);
});

test('an answer larger than a frame may be is told as a failure, and the page stays connected', async t => {
  await opened(t, {
    openWorld: async () => ({
      handlers: answering({
        calls: {
          'folder.list': () => ({ path: 'x'.repeat(mostBytesToPage), entries: [] }),
          'site.list': () => [],
        },
      }),
      home: '',
      close: async () => {},
    }),
  });
  const { coldstart } = await preloaded();
  const page = client(await sayHello(gateCarriers(coldstart as Gate)(), { t: 'hello', world: 'real' }));
  await failing('bug', () => page.call('folder.list', {}));
  assert.deepEqual(await page.call('site.list', {}), []);
});

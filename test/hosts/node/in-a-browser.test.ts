import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { build } from 'vite';
import { FieldError } from '../../../preload/contract/failure.ts';
import { folder } from '../../support/folder.ts';
import { answering } from '../../support/handlers.ts';
import { loopback } from '../../support/loopback.ts';
import { needs } from '../../support/needs.ts';

const bridge = join(import.meta.dirname, '..', '..', '..', 'renderer', 'bridge', 'index.ts');

/** A page that does nothing but connect through the real bridge and show where it stands and what it heard. */
async function pageWithBridge(path: string): Promise<string> {
  writeFileSync(
    join(path, 'index.html'),
    '<!doctype html><html><head><title>test</title><link rel="icon" href="data:,"></head><body><p id="is"></p><p id="says"></p><script type="module" src="./main.ts"></script></body></html>',
  );
  writeFileSync(
    join(path, 'main.ts'),
    `import { call, enterWorld, standing, tryAgain, watchStanding, world } from ${JSON.stringify(bridge)};
     const put = (id, text) => { document.getElementById(id).textContent = text; };
     const show = () => put('is', standing().is);
     watchStanding(show); show();
     Object.assign(window, { enterWorld, tryAgain });
     window.askAgain = () => call('site.create', { name: world }).then(() => {}, thrown => put('says', thrown.failure.code + ': ' + thrown.failure.says));
     void window.askAgain();`,
  );
  await build({ root: path, base: './', configFile: false, logLevel: 'silent', build: { outDir: 'built' } });
  return join(path, 'built');
}

const handlers = answering({
  calls: {
    'site.create': ({ name }) => {
      throw new FieldError({ code: 'already-there', says: `hello ${name}` });
    },
  },
});

/** Waits until the page shows this text in one of its two places. */
async function sees(page: Page, id: string, text: RegExp): Promise<void> {
  await page.locator(`#${id}`).filter({ hasText: text }).waitFor({ timeout: 5_000 });
}

describe('in a real browser', needs('chromium'), () => {
  let browser: Browser;
  let pageFolder: string;
  const path = mkdtempSync(join(tmpdir(), 'coldstart-page-'));
  before(async () => {
    pageFolder = await pageWithBridge(path);
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  });
  after(async () => {
    await browser.close();
    rmSync(path, { recursive: true, force: true });
  });

  /** A fresh browser that opens a link from a file on disk, as the technician's does. */
  async function comeIn(
    t: TestContext,
    link: string,
  ): Promise<{ context: BrowserContext; page: Page; blamed: string[] }> {
    const context = await browser.newContext();
    t.after(() => context.close());
    const page = await context.newPage();
    const blamed: string[] = [];
    page.on('console', message => {
      if (message.type() === 'error') blamed.push(message.text());
    });
    const file = join(folder(t), 'open.html');
    writeFileSync(file, `<meta http-equiv="refresh" content="0;url=${link}">`);
    await page.goto(pathToFileURL(file).href);
    return { context, page, blamed };
  }

  test('a link from a file lets the page in, its socket opens, and the policy blames nothing', async t => {
    const door = await loopback(t, { pageFolder, handlers });
    const { page, blamed } = await comeIn(t, door.link());
    await sees(page, 'is', /^open$/);
    await sees(page, 'says', /already-there: hello real/);
    assert.equal(new URL(page.url()).pathname, '/');
    assert.deepEqual(blamed, []);
    assert.equal(await page.evaluate('document.cookie'), '');
    assert.equal(await page.evaluate(`document.querySelector('meta[name="coldstart-key"]')`), null);
    assert.match(String(await page.evaluate(`sessionStorage.getItem('coldstart-key')`)), /^[\w-]{43}$/);
  });

  test('the page can be loaded again, and change worlds', async t => {
    const door = await loopback(t, { pageFolder, handlers });
    const { page } = await comeIn(t, door.link());
    await sees(page, 'says', /hello real/);
    await page.reload();
    await sees(page, 'says', /hello real/);
    await page.evaluate(`enterWorld('practice')`);
    await sees(page, 'says', /hello practice/);
    assert.equal(new URL(page.url()).search, '?world=practice');
  });

  test('a second tab has the cookie but no key, and is told how to get one', async t => {
    const door = await loopback(t, { pageFolder, handlers });
    const { context, page } = await comeIn(t, door.link());
    await sees(page, 'is', /^open$/);
    const second = await context.newPage();
    await second.goto(`http://127.0.0.1:${door.port}/`);
    await sees(second, 'is', /^refused$/);
    await sees(second, 'says', /refused: This page has no key/);
  });

  test('a used link shows a friendly page to another browser', async t => {
    const door = await loopback(t, { pageFolder, handlers });
    const link = door.link();
    const { page } = await comeIn(t, link);
    await sees(page, 'is', /^open$/);
    const other = await comeIn(t, link);
    await other.page.getByRole('heading', { name: 'This link has been used' }).waitFor();
  });

  test('a page of another program on this laptop cannot use the socket, cookie or not', async t => {
    const door = await loopback(t, { pageFolder, handlers });
    const other = createHttpServer((_request, response) => response.end('another program'));
    await new Promise<void>(done => other.listen(0, '127.0.0.1', done));
    t.after(() => other.close());
    const { context, page } = await comeIn(t, door.link());
    await sees(page, 'is', /^open$/);
    const stranger = await context.newPage();
    await stranger.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
    const tried = `new Promise(done => {
      const socket = new WebSocket('ws://127.0.0.1:${door.port}/socket');
      socket.onopen = () => done('open');
      socket.onerror = () => done('refused');
    })`;
    assert.equal(await stranger.evaluate(tried), 'refused');
  });

  test('when Coldstart ends the page says it is lost', async t => {
    const door = await loopback(t, { pageFolder, handlers });
    const { page } = await comeIn(t, door.link());
    await sees(page, 'is', /^open$/);
    await page.evaluate(
      `document.body.append(Object.assign(document.createElement('iframe'), { src: '/' }))`,
    );
    await door.close();
    await sees(page, 'is', /^(lost|connecting)$/);
    await page.evaluate('askAgain()');
    await sees(page, 'says', /gone-away/);
  });

  test('a forwarded port works: the page only sees the other port', async t => {
    const door = await loopback(t, { pageFolder, handlers });
    const forward = createServer(socket => {
      const onward = connect(door.port, '127.0.0.1');
      socket.pipe(onward).pipe(socket);
      for (const end of [socket, onward]) end.on('error', () => {});
    });
    await new Promise<void>(done => forward.listen(0, '127.0.0.1', done));
    t.after(() => forward.close());
    const { port } = forward.address() as AddressInfo;
    const { page } = await comeIn(t, door.link().replace(String(door.port), String(port)));
    await sees(page, 'says', /hello real/);
    assert.equal(new URL(page.url()).port, String(port));
    await page.close();
  });
});

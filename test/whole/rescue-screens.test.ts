import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Page } from 'playwright-core';
import { needs } from '../support/needs.ts';
import { seriousFaults, tooWide } from '../support/page/axe.ts';
import { openChromium } from '../support/page/chromium.ts';
import type { OwnChromium } from '../support/page/chromium.ts';
import { pressByKeys, reach } from '../support/page/keys.ts';
import { nodes } from '../support/page/made-up.ts';
import { cable } from '../support/page/made-up-rescue.ts';
import { buildWithStandIn, servePage } from '../support/page/serve.ts';

/** The rescue of a silent node in a real Chromium, over a stand-in host: what a healthy host never shows, and the keyboard. */
const rescued = `#/rescue/${nodes.summit}`;
const consoleOf = (port: string): string => `#/console/${encodeURIComponent(port)}`;

suite('the rescue of a node that does not answer', needs('chromium'), () => {
  const folder = mkdtempSync(join(tmpdir(), 'coldstart-rescue-screens-'));
  let chromium: OwnChromium;
  let server: Awaited<ReturnType<typeof servePage>>;
  before(async () => {
    await buildWithStandIn(folder);
    server = await servePage(folder);
    chromium = await openChromium();
  });
  after(async () => {
    await chromium?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A page at this address. What it complains about fails the test. */
  const opened = async (at: string, work: (page: Page) => Promise<void>): Promise<void> => {
    const context = await chromium.browser.newContext({
      viewport: { width: 1024, height: 600 },
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    page.setDefaultTimeout(45_000);
    const faults: string[] = [];
    page.on('pageerror', error => faults.push(String(error.stack ?? error)));
    page.on('console', message => {
      if (message.type() === 'error') faults.push(message.text());
    });
    try {
      await page.goto(`${server.url}/${at}`);
      await page.locator('h1').first().waitFor();
      await work(page);
      assert.deepEqual(faults, []);
    } finally {
      await context.close();
    }
  };
  const click = (page: Page, name: string | RegExp): Promise<void> =>
    page
      .getByRole('button', { name, exact: typeof name === 'string' })
      .first()
      .click();
  /** Opens the console of this page's port with what the form proposes. */
  const openByHand = async (page: Page): Promise<void> => {
    await page.getByText('Set it by hand').click();
    await click(page, 'Open with these settings');
    await page.locator('.term-place[data-ready=true]').waitFor();
  };
  const onLine = (page: Page): Promise<string> => page.locator('.xterm-rows').innerText();

  test('the keyboard alone leads from the list of nodes to the run of the remedy', () =>
    opened('#/sites', async page => {
      const press = (name: string | RegExp): Promise<void> => pressByKeys(page, name);
      await press('No answer? Rescue summit-1');
      await press('Use this: FTDI FT232R USB UART');
      await press('Find the speed');
      await page.getByText('The line runs at 115200 8N1').waitFor();
      await press('Open the console');
      await page.getByRole('region', { name: 'What stands on the console' }).waitFor();
      await press('Log in');
      await page.getByText('as root').waitFor();
      await press('Go on to the doctor');
      await press('Examine the node');
      await page.getByText('The doctor found what is wrong').waitFor();
      await press('Free disk space …');
      await page.getByRole('button', { name: 'Show the plan' }).waitFor();
      await reach(page, 'Old system logs');
      await page.keyboard.press('Space');
      await reach(page, 'Name of the node');
      await page.keyboard.type('summit-1');
      await page.keyboard.press('Enter');
      await press('Run the remedy');
      await page.getByRole('heading', { level: 1, name: 'Free disk space' }).waitFor();
    }));

  test('what takes long over the cable is written onto a stick from the plan, or goes without one', () =>
    opened(`?scenario=long-cable${rescued}`, async page => {
      await click(page, 'Use this: FTDI FT232R USB UART');
      await click(page, 'Find the speed');
      await click(page, 'Open the console');
      await click(page, 'Log in');
      await click(page, 'Go on to the doctor');
      await click(page, 'Examine the node');
      await click(page, 'Free disk space …');
      await page.getByLabel('Name of the node').fill('summit-1');
      await click(page, 'Show the plan');
      await page.getByText('200 MiB go over the serial cable: about 6 h.').waitFor();
      await click(page, 'Bring the large files by stick');
      const stick = page.getByRole('region', { name: 'The files come by stick' });
      await stick.getByText('k3s-airgap-images-amd64.tar.zst').waitFor();
      await click(page, /^Write onto /);
      await stick.getByRole('button', { name: 'Stop' }).click();
      await stick.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' });
      await click(page, /^Write onto /);
      await stick.getByText('The stick is written').waitFor();
      assert.match(
        await stick.innerText(),
        /coldstart-carry[^]*plug the stick into .* when the run asks for it/,
      );
      assert.deepEqual(await seriousFaults(page), []);
      assert.equal(await tooWide(page), 0);
      await click(page, 'Without a stick');
      await page.getByText('200 MiB go over the serial cable: about 6 h.').waitFor();
      await stick.waitFor({ state: 'detached' });
      await click(page, 'Bring the large files by stick');
      await stick.waitFor();
      await click(page, 'Run the remedy');
      await page.getByRole('heading', { level: 1, name: 'Free disk space' }).waitFor();
    }));

  test('the focus goes on with the work: to the heading of each part that opens', () =>
    opened(rescued, async page => {
      const focused = (): Promise<string> => page.evaluate<string>('document.activeElement.textContent');
      await page.getByRole('button', { name: 'Use this: FTDI FT232R USB UART' }).press('Enter');
      await page.getByRole('button', { name: 'Find the speed' }).waitFor();
      assert.equal(await focused(), 'Speed of the line');
      await page.getByRole('button', { name: 'Find the speed' }).press('Enter');
      await page.getByRole('button', { name: 'Open the console' }).press('Enter');
      await page.getByText('Go on to the doctor').waitFor();
      assert.equal(await focused(), 'What stands on the console');
    }));

  test('every failure of a silent node leads to the rescue of exactly that node', () =>
    opened('?scenario=stopped-by-no-cable#/sites', async page => {
      await click(page, 'Look at summit-1');
      await click(page, 'This node does not answer');
      await page.getByRole('heading', { level: 1, name: 'summit-1 does not answer' }).waitFor();
    }));

  test('a BREAK and a SysRq are only sent after their name was typed', () =>
    opened(consoleOf(cable), async page => {
      await openByHand(page);
      for (const [deed, go, word] of [
        ['Send BREAK …', 'Send BREAK', 'BREAK'],
        ['Send SysRq …', 'Send it', 'SYSRQ'],
      ] as const) {
        await click(page, deed);
        const dialog = page.getByRole('dialog');
        const send = dialog.getByRole('button', { name: go, exact: true });
        assert.equal(await send.isDisabled(), true);
        await dialog.getByLabel(/^Type /).fill(word.toLowerCase());
        assert.equal(await send.isDisabled(), true, word.toLowerCase());
        await dialog.getByLabel(/^Type /).fill(word);
        await send.click();
        await dialog.waitFor({ state: 'detached' });
      }
    }));

  test('what stands on the console is announced when it changes', () =>
    opened(consoleOf(cable), async page => {
      await openByHand(page);
      const live = page.locator('.console-state [aria-live=polite]').first();
      assert.match(await live.innerText(), /Login prompt\.\s.*waits for a name/);
      await click(page, 'Log in');
      await page.getByText('root@summit-1:~#').first().waitFor();
      assert.match(await live.innerText(), /Shell\.\sA shell waits/);
    }));

  test('a password over a network port goes out only after its exposure was named', () =>
    opened(consoleOf('tcp://10.0.0.5:2000'), async page => {
      await click(page, 'Open the console');
      await page.locator('.term-place[data-ready=true]').waitFor();
      await click(page, 'Log in');
      const dialog = page.getByRole('dialog');
      assert.match(
        await dialog.innerText(),
        /tcp:\/\/10\.0\.0\.5:2000 is a network connection without encryption/,
      );
      await page.keyboard.press('Escape');
      assert.doesNotMatch(await onLine(page), /Last login/);
      await click(page, 'Log in');
      await click(page, 'Log in all the same');
      await page.locator('.xterm-rows').getByText('Last login').waitFor();
    }));

  test('typing is held back while the doctor works on the console', () =>
    opened(`?scenario=driven${consoleOf(cable)}`, async page => {
      await openByHand(page);
      await page.getByText('Coldstart is working on this console (The doctor)').waitFor();
      await page.locator('.xterm-helper-textarea').focus();
      await page.keyboard.type('reboot');
      await page.waitForTimeout(200);
      assert.doesNotMatch(await onLine(page), /reboot/);
    }));

  test('what was typed reaches the console, and stays on the screen when the pane is opened again', () =>
    opened(consoleOf(cable), async page => {
      await openByHand(page);
      await page.locator('.xterm-helper-textarea').focus();
      await page.keyboard.type('nansen');
      await page.locator('.xterm-rows').getByText('nansen').waitFor();
      await page.getByRole('radio', { name: 'Black box' }).check();
      await page.locator('.box-lines').waitFor();
      await page.getByRole('radio', { name: 'Live' }).check();
      await page.locator('.xterm-rows').getByText('login: nansen').waitFor();
    }));

  test('the black box is searched, jumped into with the keyboard, and read on backwards', () =>
    opened(consoleOf(cable), async page => {
      await page.getByRole('radio', { name: 'Live' }).focus();
      await page.keyboard.press('ArrowRight');
      await reach(page, 'Search the black box');
      await page.keyboard.type('remounting');
      await page.keyboard.press('Enter');
      await page.getByText('52 lines found').waitFor();
      await reach(page, /Remounting filesystem read-only$/);
      await page.keyboard.press('Enter');
      await page.locator('.box-lines .hit').waitFor();
      assert.match(
        await page.evaluate<string>('document.activeElement.textContent'),
        /^Found line: .*Remounting filesystem read-only$/,
      );
      const lines = page.locator('.box-lines li');
      const before = await lines.count();
      await click(page, 'Load older lines');
      await page.waitForFunction(`document.querySelectorAll('.box-lines li').length > ${before}`);
    }));

  test('a console that was closed says so and can be opened again', () =>
    opened(consoleOf(cable), async page => {
      await openByHand(page);
      await click(page, 'Close the console');
      await page.getByRole('dialog').getByRole('button', { name: 'Close the console' }).click();
      await page.getByText('The console is closed', { exact: true }).waitFor();
      await openByHand(page);
      await page.getByText('Login prompt', { exact: true }).waitFor();
    }));

  test('an examination can be stopped, and what came until then stays', () =>
    opened(`?scenario=collecting${rescued}`, async page => {
      await click(page, 'Use this: Over the network (SSH)');
      await click(page, 'Examine the node');
      await page.getByText('9 questions answered so far').waitFor();
      await click(page, 'Stop');
      await page.getByText('The examination was stopped').waitFor();
      await page.getByRole('button', { name: 'Examine again' }).waitFor();
      await page.getByText('9 pieces of evidence').waitFor();
    }));
});

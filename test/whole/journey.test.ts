import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Page } from 'playwright-core';
import { openApp } from '../support/app.ts';
import type { OpenApp } from '../support/app.ts';
import { needs } from '../support/needs.ts';
import { seriousFaults, tooWide } from '../support/page/axe.ts';
import { openChromium } from '../support/page/chromium.ts';
import type { OwnChromium } from '../support/page/chromium.ts';
import { journeyByClicks, journeyByKeys } from '../support/page/journey.ts';

/** The whole app as a technician uses it, in a real Chromium: nothing is stood in for. Pictures go to `.ci-artifacts`. */
const pictures = join(import.meta.dirname, '..', '..', '.ci-artifacts', 'journey');
const sizes = [
  { width: 1366, height: 768 },
  { width: 1024, height: 600 },
];
const long = { timeout: 60_000 };

suite('the journey from the welcome to the stick', needs('chromium'), () => {
  let chromium: OwnChromium;
  before(async () => {
    mkdirSync(pictures, { recursive: true });
    chromium = await openChromium();
  });
  after(async () => await chromium?.close());

  /** The app on an empty laptop, and a page of it. What the page complains about fails the test. */
  const fresh = async (work: (page: Page, app: OpenApp, home: string) => Promise<void>): Promise<void> => {
    const folder = mkdtempSync(join(tmpdir(), 'coldstart-journey-'));
    const home = join(folder, 'home');
    const app = await openApp(home);
    const context = await chromium.browser.newContext({
      viewport: sizes[0] ?? null,
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    page.setDefaultTimeout(45_000);
    const faults: string[] = [];
    page.on('pageerror', error => faults.push(String(error.stack ?? error)));
    page.on('console', message => {
      if (message.type() !== 'error') return;
      const { url } = message.location();
      // A connection that the test itself cut, and the icon a browser asks for on its own, are no faults of the page.
      if (!/WebSocket|ERR_CONNECTION/.test(message.text()) && !url.endsWith('/favicon.ico'))
        faults.push(`${message.text()} ${url}`);
    });
    try {
      await page.goto(app.link);
      await work(page, app, home);
      assert.deepEqual(faults, []);
    } catch (error) {
      await page.screenshot({ path: join(pictures, `stopped-${Date.now()}.png`) });
      process.stderr.write(`It stopped here:\n${await page.locator('body').innerText()}\n`);
      throw error;
    } finally {
      await context.close();
      await app.close();
      rmSync(folder, { recursive: true, force: true });
    }
  };

  /** Looks at a screen at both sizes: a picture, no serious fault, no sideways scrolling. */
  const look = async (page: Page, name: string): Promise<void> => {
    for (const size of sizes) {
      await page.setViewportSize(size);
      await page.screenshot({ path: join(pictures, `${name}-${size.width}.png`) });
      assert.equal(await tooWide(page), 0, `${name} is too wide at ${size.width}`);
    }
    await page.setViewportSize(sizes[0] ?? { width: 1366, height: 768 });
    assert.deepEqual(await seriousFaults(page), [], name);
  };

  test('a newcomer reaches a finished practice install in under five clicks, then a snapshot, then a bag', () =>
    fresh(page =>
      journeyByClicks(page, {
        look: name => look(page, name),
        glance: async name => {
          await page.screenshot({ path: join(pictures, `${name}-1366.png`) });
        },
      }),
    ));

  test('the whole way is open to the keyboard alone', () => fresh(page => journeyByKeys(page)));

  test('a site and a node are typed in, and a node that does not answer is told in plain words', () =>
    fresh(async page => {
      await page.getByRole('button', { name: 'Start with my site' }).click();
      await page.getByRole('button', { name: 'New site' }).first().click();
      await page.getByLabel('Name of the site').fill('North station "A" $(reboot)');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Nodes of North station "A" $(reboot)' }).waitFor();
      await page.getByRole('button', { name: 'Add a node' }).first().click();
      await page.getByLabel('Name of the node').fill('summit-1');
      await page.getByLabel('Address').fill('127.0.0.1');
      await page.getByLabel('SSH port').fill('1');
      await page.getByLabel('User').fill('tech');
      await page.keyboard.press('Enter');
      const failure = page.getByRole('alert').filter({ hasText: 'What to do' });
      await failure.waitFor(long);
      assert.match(await failure.innerText(), /summit-1|127\.0\.0\.1/);
      assert.match(await failure.innerText(), /Left as it was/);
      await look(page, 'node-unreachable');
    }));

  test('when the app is killed in the middle of a run, the page says so, and a restart offers to continue', () =>
    fresh(async (page, app, home) => {
      const click = (name: string): Promise<void> =>
        page.getByRole('button', { name, exact: true }).first().click();
      await click('Practise first');
      await click('Check the node');
      await click('Show the plan');
      await click('Run');
      await page.getByRole('button', { name: 'Stop the run' }).waitFor();
      await app.kill();
      await page.getByText('The connection to Coldstart on this laptop is lost.').waitFor();
      await page.screenshot({ path: join(pictures, 'connection-lost-1366.png') });

      const again = await openApp(home);
      try {
        await page.goto(again.link);
        await click('Practise first');
        await page.getByRole('link', { name: 'Runs', exact: true }).click();
        await page.getByText('Interrupted', { exact: true }).waitFor();
        await page.getByRole('button', { name: /^Open the run/ }).click();
        await look(page, 'run-interrupted');
        await click('Continue the run');
        await page.getByText('Finished. Every step was checked.').waitFor(long);
      } finally {
        await again.close();
      }
    }));

  test('a run is stopped and continued, a shell runs beside it, and K3s is taken off again', () =>
    fresh(async page => {
      const click = (name: string): Promise<void> =>
        page.getByRole('button', { name, exact: true }).first().click();
      await click('Practise first');
      await click('Check the node');
      await click('Show the plan');
      await click('Run');
      await click('Stop the run');
      await click('Stop it');
      await page.getByText('The run was stopped').waitFor(long);
      await look(page, 'run-stopped');
      await click('Continue the run');
      await page.getByText('Finished. Every step was checked.').waitFor(long);

      await click('Open a shell beside it');
      const shell = page.locator('.shell');
      await shell.locator('.xterm-rows').getByText('technician@').waitFor();
      await shell.locator('.xterm-helper-textarea').focus();
      await page.keyboard.type('echo tw""ice\n');
      await shell.locator('.xterm-rows').getByText('twice').waitFor();
      await page.screenshot({ path: join(pictures, 'run-shell-1366.png') });
      await click('Close the shell');

      await click('Remove K3s …');
      const remove = page.getByRole('dialog');
      assert.equal(await remove.getByRole('button', { name: 'Show the plan' }).isDisabled(), true);
      await page.getByLabel('Name of the node').fill('practice-node-1');
      await remove.getByRole('button', { name: 'Show the plan' }).click();
      await remove.getByRole('button', { name: 'Remove K3s', exact: true }).click();
      await page.getByRole('heading', { level: 1, name: /Remove K3s/ }).waitFor();
      await page.getByText('Finished. Every step was checked.').waitFor(long);
    }));
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Page } from 'playwright-core';
import { needs } from '../support/needs.ts';
import { openChromium } from '../support/page/chromium.ts';
import type { OwnChromium } from '../support/page/chromium.ts';
import { paper } from '../support/page/fake-supply.ts';
import { pressByKeys, reach } from '../support/page/keys.ts';
import { buildWithStandIn, servePage } from '../support/page/serve.ts';

/** What the screens of the supply run and its keys may say when, over a stand-in host that has sticks. */
suite('the screens of the supply run', needs('chromium'), () => {
  const folder = mkdtempSync(join(tmpdir(), 'coldstart-supply-screens-'));
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

  const opened = async (at: string, work: (page: Page) => Promise<void>): Promise<void> => {
    const context = await chromium.browser.newContext({
      viewport: { width: 1024, height: 600 },
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const faults: string[] = [];
    page.on('pageerror', error => faults.push(String(error.stack ?? error)));
    try {
      await page.goto(`${server.url}/${at}`);
      await page.locator('h1').first().waitFor();
      await work(page);
      assert.deepEqual(faults, []);
    } finally {
      await context.close();
    }
  };
  const press = (page: Page, name: string | RegExp): Promise<void> =>
    page
      .getByRole('button', { name, exact: typeof name === 'string' })
      .first()
      .click();
  const writeOnto = async (page: Page, stick: string): Promise<void> => {
    await press(page, 'Look what goes out');
    await press(page, `Use this stick: ${stick}`);
    await page.getByText('There is room for it').waitFor();
    await press(page, 'Write the bag');
    await page.getByText(/^The bag is (written|not in order)/).waitFor();
  };
  const safe = (page: Page): Promise<number> => page.getByText('Safe to unplug').count();

  test('by keys alone a supply run is led through, up to the stick that is safe to unplug', () =>
    opened('#/supply', async page => {
      await pressByKeys(page, 'Look what goes out');
      await pressByKeys(page, 'Use this stick: COLDSTART-STICK');
      await pressByKeys(page, 'Write the bag');
      await page.getByText('Read back from the medium itself.').waitFor();
      assert.equal(await safe(page), 0, 'written and compared is not yet taken out');
      await pressByKeys(page, 'Take out the stick');
      await page.getByText('Safe to unplug').waitFor();
      assert.equal(
        await page.evaluate("document.activeElement.closest('.safe-out') !== null"),
        true,
        'the keyboard goes on from what is said',
      );
      await pressByKeys(page, 'Write the same bag for a second courier');
      await pressByKeys(page, 'Use this stick: KINGSTON');
      await pressByKeys(page, 'Write the bag');
      await page.getByText('Read back from the medium itself.').waitFor();
    }));

  test('after a check that failed nothing is called safe, and no second courier gets it', () =>
    opened('?scenario=bag-bad#/supply', async page => {
      await writeOnto(page, 'COLDSTART-STICK');
      await press(page, 'Take out the stick');
      await page.getByText('The stick is out, but what is on it is not whole').waitFor();
      assert.equal(await safe(page), 0);
      assert.equal(await page.getByRole('button', { name: /second courier/ }).count(), 0);
    }));

  test('a writing that was stopped leaves a stick that is never called safe', () =>
    opened('?scenario=stick-slow#/supply', async page => {
      await press(page, 'Look what goes out');
      await press(page, 'Use this stick: COLDSTART-STICK');
      await press(page, 'Write the bag');
      await page.getByText('about 3 min left').waitFor();
      await press(page, 'Stop');
      await page.getByText('it continues where it stopped').waitFor();
      await press(page, 'Close');
      await press(page, 'Take it out without writing');
      await page.getByText('The stick is out, but what is on it is not whole').waitFor();
      assert.equal(await safe(page), 0);
    }));

  test('a stick that could not be taken out tells the command, and may not be pulled', () =>
    opened('?scenario=stick-busy#/supply', async page => {
      await writeOnto(page, 'COLDSTART-STICK');
      await press(page, 'Take out the stick');
      await page.getByText('Do not pull it out yet').waitFor();
      await page.getByText('sudo umount /dev/sdb1').waitFor();
    }));

  test('a stick that is not mounted is seen with what mounts it, and cannot be chosen', () =>
    opened('#/supply', async page => {
      await page.getByText('udisksctl mount -b /dev/sdd1').waitFor();
      const choose = page.getByRole('button', { name: 'Use this stick: SanDisk Ultra Fit', exact: true });
      assert.equal(await choose.isDisabled(), true);
    }));

  test('a stick that is chosen while it is still added up what goes out is looked at too', () =>
    opened('#/supply', async page => {
      await page.getByRole('button', { name: 'Use this stick: COLDSTART-STICK' }).waitFor();
      await page.evaluate(`for (const name of ['Look what goes out', 'Use this stick: COLDSTART-STICK'])
        [...document.querySelectorAll('button')].find(at => (at.ariaLabel ?? at.textContent) === name).click()`);
      await page.getByText('There is room for it').waitFor();
    }));

  test('a stick that is plugged in later appears by itself, and what headquarters sent on it is told at once', () =>
    opened('?scenario=stick-later#/supply', async page => {
      await page.getByText('No stick is plugged in.').waitFor();
      await press(page, 'Use this stick: COLDSTART-STICK');
      await page.getByText('Receipt: it arrived and restores').waitFor();
      await page.getByText('Receipt refused').waitFor();
    }));

  test('a root key is only trusted with its number typed, and the paper is gone once the page was left', () =>
    opened('#/keys', async page => {
      await press(page, 'Choose a key file');
      await page.getByRole('button', { name: 'install.sh' }).click();
      assert.match(await page.getByLabel('Folder', { exact: true }).inputValue(), /install\.sh$/);
      await page.getByLabel('Folder', { exact: true }).fill('/media/technician/HQ/root.pub');
      await press(page, 'Look at this file');
      const trust = page.getByRole('button', { name: 'Trust this root key' });
      await trust.waitFor();
      assert.equal(await trust.isDisabled(), true);
      await page.getByLabel('Number of the root key').fill('00c0ffee00c0ffee');
      await trust.click();
      await page.getByText('The root key is trusted').waitFor();
      await press(page, 'Make the key for the safe');
      await page.getByText('This is shown once').waitFor();
      assert.ok((await page.content()).includes(paper.slice(-2)));
      await page.getByRole('link', { name: 'Runs' }).click();
      await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
      assert.equal((await page.content()).includes('AGE-SECR'), false);
      assert.equal(page.url().includes('AGE'), false);
      await page.goBack();
      await page.getByRole('heading', { level: 1, name: 'Keys' }).waitFor();
      assert.equal(await page.getByText('This is shown once').count(), 0);
      await reach(page, 'Choose a key file');
    }));
});

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Page } from 'playwright-core';
import { needs } from '../support/needs.ts';
import { seriousFaults, tooWide } from '../support/page/axe.ts';
import { openChromium } from '../support/page/chromium.ts';
import type { OwnChromium } from '../support/page/chromium.ts';
import { click, practising } from '../support/page/practising.ts';

/** A supply run of the practice site in a real Chromium, onto a folder. Nothing is stood in for. */
const pictures = join(import.meta.dirname, '..', '..', '.ci-artifacts', 'supply');
const long = { timeout: 60_000 };

suite('a supply run of the practice site', needs('chromium'), () => {
  let chromium: OwnChromium;
  before(async () => {
    mkdirSync(pictures, { recursive: true });
    chromium = await openChromium();
  });
  after(async () => await chromium?.close());

  const look = async (page: Page, name: string): Promise<void> => {
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
    assert.equal(await tooWide(page), 0, `${name} is too wide`);
    assert.deepEqual(await seriousFaults(page), [], name);
  };
  const to = (page: Page, name: string): Promise<void> =>
    page.getByRole('link', { name, exact: true }).click();

  test('what goes is chosen, written, read back and listed; a folder is never called safe; then the drill with the paper', () =>
    practising(chromium, pictures, async page => {
      await to(page, 'Keys');
      await page.getByText('This laptop has no key yet').waitFor();
      await click(page, 'Make the key');
      const number = page.getByRole('definition').filter({ hasText: /^[0-9A-F]{16}$/ });
      await number.first().waitFor();

      // An exercise brings a cluster with snapshots of its own.
      await to(page, 'Exercises');
      await click(page, 'Begin: Deleted by mistake');
      await click(page, 'Go to the snapshots');
      await click(page, 'Look what the node holds');
      await click(page, /^Pull etcd-snapshot-/);
      await page.getByText('Cluster state restorable').first().waitFor(long);

      await to(page, 'Keys');
      await click(page, 'Make a new key for the safe');
      const site = (await page.locator('.field .hint').first().textContent()) ?? '';
      await page.getByLabel('Name of the site').fill(site);
      await click(page, 'Make the key for the safe');
      const sheet = page.getByRole('region', { name: `Key for the safe of ${site}` });
      await sheet.waitFor();
      const identity = await sheet.locator('.paper-key').innerText();
      assert.match(identity.replaceAll(/\s/g, ''), /^AGE-SECRET-KEY-1[0-9A-Z]{58}$/);
      await page.emulateMedia({ media: 'print' });
      await page.screenshot({ path: join(pictures, 'paper.png') });
      assert.equal(await page.getByRole('navigation').isVisible(), false, 'the sheet is printed alone');
      await page.emulateMedia({ media: 'screen' });
      await to(page, 'Supply run');
      await page.getByRole('button', { name: 'Look what goes out' }).waitFor();
      assert.equal((await page.content()).includes('AGE-SECR'), false, 'the paper is gone with the page');

      await page.getByLabel('Evidence of the doctor').uncheck();
      await click(page, 'Look what goes out');
      await page.getByText('There is room for it').waitFor(long);
      await page.getByText('How long it takes is known after the first export.').waitFor();
      await page.getByText('Nobody has tried the paper from the safe yet').waitFor();
      await look(page, 'plan');
      await click(page, 'Write the bag');
      await page.getByText('The bag is written and every file was read again and compared').waitFor(long);
      assert.equal(await page.getByText(/safe to unplug/i).count(), 0);
      assert.equal(await page.getByRole('button', { name: 'Take out the stick' }).count(), 0);
      await page.getByRole('heading', { name: 'Export number 1' }).waitFor();
      await click(page, /^The courier has left with it/);
      await page.getByText('On its way').waitFor();
      await look(page, 'written');

      await to(page, 'Keys');
      await click(page, 'Do the drill with the paper');
      await page.getByLabel('What stands on the paper').fill(identity.replace('KEY-1', 'KEY-2'));
      await click(page, 'Open the bag with it');
      await page.getByText('That is not an age identity').waitFor(long);
      assert.equal(await page.getByLabel('What stands on the paper').inputValue(), '');
      await page.getByLabel('What stands on the paper').fill(identity);
      await click(page, 'Open the bag with it');
      await page.getByText('The drill is done').waitFor(long);
      assert.equal(await page.getByText('Nobody has tried the paper').count(), 0);
      await look(page, 'keys');
    }));
});

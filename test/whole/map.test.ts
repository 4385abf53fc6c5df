import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { needs } from '../support/needs.ts';
import { seriousFaults, tooWide } from '../support/page/axe.ts';
import { openChromium } from '../support/page/chromium.ts';
import type { OwnChromium } from '../support/page/chromium.ts';
import { click, practising } from '../support/page/practising.ts';

/** Finding the practice node on the practice network, in a real Chromium. Nothing of the page or the host is stood in for. */
const pictures = join(import.meta.dirname, '..', '..', '.ci-artifacts', 'map');
const long = { timeout: 60_000 };

suite('finding nodes on the practice network', needs('chromium'), () => {
  let chromium: OwnChromium;
  before(async () => {
    mkdirSync(pictures, { recursive: true });
    chromium = await openChromium();
  });
  after(async () => await chromium?.close());

  test('the network is proposed, a scan finds the node, and one press leads to its shell', () =>
    practising(chromium, pictures, async page => {
      await page.getByRole('link', { name: 'Find nodes' }).click();
      const network = page.getByRole('checkbox', { name: /^\d+\.\d+\.\d+\.\d+\/\d+$/ });
      await network.waitFor(long);
      assert.equal(await network.isChecked(), true);
      await page.getByRole('radio', { name: 'Fast' }).check();
      const scan = page.getByRole('button', { name: 'Scan', exact: true });
      assert.equal(await scan.isDisabled(), true);
      await page.getByRole('checkbox', { name: /^Fast is right in/ }).check();
      await scan.click();
      await page.getByRole('button', { name: /^practice-node-1/ }).waitFor(long);
      await page.getByRole('progressbar').waitFor({ ...long, state: 'detached' });
      await page.getByText(/^\d machines found in/).waitFor(long);
      assert.equal(await tooWide(page), 0);
      assert.deepEqual(await seriousFaults(page), []);
      await page.screenshot({ path: join(pictures, 'found.png'), fullPage: true });
      await page.getByRole('button', { name: /^practice-node-1/ }).click();
      await page.getByRole('dialog').getByText('SSH-2.0-OpenSSH').waitFor();
      await page.screenshot({ path: join(pictures, 'machine.png') });
      await click(page, 'Connect');
      await page.locator('.term-place[data-ready=true]').waitFor(long);
    }));
});

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { needs } from '../support/needs.ts';
import { seriousFaults, tooWide } from '../support/page/axe.ts';
import { openChromium } from '../support/page/chromium.ts';
import type { OwnChromium } from '../support/page/chromium.ts';
import { click, practising } from '../support/page/practising.ts';

/** Metrics of the practice node, in a real Chromium. Nothing is stood in for. */
const pictures = join(import.meta.dirname, '..', '..', '.ci-artifacts', 'metrics');
const long = { timeout: 90_000 };

suite('metrics of the practice node', needs('chromium'), () => {
  let chromium: OwnChromium;
  before(async () => {
    mkdirSync(pictures, { recursive: true });
    chromium = await openChromium();
  });
  after(async () => await chromium?.close());

  test('are logged at a click, drawn, searched and ended', () =>
    practising(chromium, pictures, async page => {
      await page.getByRole('link', { name: 'Metrics' }).click();
      await page.getByText('Not logging now.').waitFor(long);
      await click(page, 'Start logging');
      await page.getByText('practice-node-1 · machine').waitFor(long);
      await page.getByText('read from the kernel').first().waitFor(long);
      await page.getByLabel('Part of a name or label').fill('load1');
      await click(page, 'node_load1');
      await page.getByRole('img', { name: /^node_load1: / }).waitFor(long);
      assert.equal(await tooWide(page), 0);
      assert.deepEqual(await seriousFaults(page), []);
      await page.screenshot({ path: join(pictures, 'recording.png'), fullPage: true });
      const saved = page.waitForEvent('download', long);
      await page.getByRole('region', { name: 'node_load1' }).getByRole('button', { name: 'CSV' }).click();
      assert.equal((await saved).suggestedFilename(), 'node_load1.csv');
      await click(page, 'Stop logging');
      await page.getByText('Not logging now.').waitFor(long);
    }));
});

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

/** A restore of the practice node in a real Chromium. Nothing is stood in for. */
const pictures = join(import.meta.dirname, '..', '..', '.ci-artifacts', 'restore');
const node = 'practice-node-1';
const long = { timeout: 90_000 };

suite('a restore of the practice node', needs('chromium'), () => {
  let chromium: OwnChromium;
  before(async () => {
    mkdirSync(pictures, { recursive: true });
    chromium = await openChromium();
  });
  after(async () => await chromium?.close());

  const look = async (page: Page, name: string): Promise<void> => {
    await page.screenshot({ path: join(pictures, `${name}.png`) });
    assert.equal(await tooWide(page), 0, `${name} is too wide`);
    assert.deepEqual(await seriousFaults(page), [], name);
  };

  test('what was deleted by mistake is brought back from the snapshots page, timed, and the exercise passes', () =>
    practising(chromium, pictures, async page => {
      await page.getByRole('link', { name: 'Exercises' }).click();
      await click(page, 'Begin: Deleted by mistake');
      await click(page, 'Go to the snapshots');
      await click(page, 'Look what the node holds');
      await click(page, /^Pull etcd-snapshot-/);
      await click(page, /^Restore this: etcd-snapshot-/);
      await page.getByText('Which way back').waitFor();
      await look(page, 'way');
      await click(page, /^This way: One server/);
      await click(page, 'Show the plan');
      const now = page.getByRole('button', { name: 'Restore now' });
      await now.waitFor(long);
      assert.equal(await now.isDisabled(), true, 'without the typed name nothing begins');
      await page.getByLabel('Name of the machine').fill(node);
      await look(page, 'plan');
      await now.click();
      await page.getByText('Finished. Every step was checked.').waitFor(long);
      await look(page, 'run');
      await click(page, 'Take a snapshot of the restored cluster');
      await click(page, /^Restore this: etcd-snapshot-/);
      await page.getByRole('heading', { name: 'Restores of this site' }).waitFor();
      await page.getByText('Checked to the end').waitFor();
      await look(page, 'timed');
      await page.getByRole('link', { name: 'Exercises' }).click();
      await click(page, 'Check my work');
      await page.getByText('Passed', { exact: true }).first().waitFor(long);
    }));
});

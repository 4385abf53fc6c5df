import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openApp } from '../app.ts';
import type { OwnChromium } from './chromium.ts';

export const click = (page: Page, name: string | RegExp): Promise<void> =>
  page
    .getByRole('button', { name, exact: typeof name === 'string' })
    .first()
    .click();

/**
 * The app on an empty laptop, and a page of its practice world. What the page complains about fails the test; where it
 * stopped is left as a picture in `pictures`.
 */
export async function practising(
  { browser }: OwnChromium,
  pictures: string,
  work: (page: Page) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'coldstart-practising-'));
  const app = await openApp(join(folder, 'home'));
  const context = await browser.newContext({
    viewport: { width: 1366, height: 768 },
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(45_000);
  const faults: string[] = [];
  page.on('pageerror', error => faults.push(String(error.stack ?? error)));
  page.on('console', message => {
    if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico'))
      faults.push(message.text());
  });
  try {
    await page.goto(app.link);
    await click(page, 'Practise first');
    await page.getByRole('button', { name: 'Check the node' }).waitFor();
    await work(page);
    assert.deepEqual(faults, []);
  } catch (error) {
    await page.screenshot({ path: join(pictures, `stopped-${Date.now()}.png`) });
    process.stderr.write(
      `It stopped here:\n${await page.locator('body').innerText()}\n${faults.join('\n')}\n`,
    );
    throw error;
  } finally {
    await context.close();
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

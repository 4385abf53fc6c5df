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
import { pressByKeys, reach } from '../support/page/keys.ts';

/** The rescue of the practice node over its serial port, in a real Chromium. Nothing is stood in for. */
const pictures = join(import.meta.dirname, '..', '..', '.ci-artifacts', 'rescue');
const sizes = [
  { width: 1366, height: 768 },
  { width: 1024, height: 600 },
];
const long = { timeout: 90_000 };

suite('the rescue of the practice node', needs('chromium'), () => {
  let chromium: OwnChromium;
  before(async () => {
    mkdirSync(pictures, { recursive: true });
    chromium = await openChromium();
  });
  after(async () => await chromium?.close());

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

  test('by the keyboard alone the console is found, logged in on, and read again from its black box', () =>
    practising(chromium, pictures, async page => {
      const press = (name: string | RegExp): Promise<void> => pressByKeys(page, name);
      await reach(page, 'Rescue a node');
      await page.keyboard.press('Enter');
      await press(/^This one: /);
      await press(/^Use this: (?!Over)/);
      await press('Find the speed');
      await page.getByText('The line runs at 115200 8N1').waitFor(long);
      await look(page, 'found');
      await press('Open the console');
      await page.getByText('Login prompt', { exact: true }).first().waitFor(long);
      await look(page, 'login');
      await press('Log in');
      await page.getByText('Shell', { exact: true }).first().waitFor(long);
      await look(page, 'shell');
      await press('Show the whole console');
      // The whole console takes the focus, as whoever opens it wants to type.
      await page.locator('.xterm-helper-textarea:focus').waitFor();
      await page.keyboard.type('echo tw""ice\n');
      await page.locator('.xterm-rows').getByText('twice', { exact: true }).waitFor();
      await look(page, 'console');
      // Tab belongs to the shell while the terminal has the focus; back from its head lie the other buttons.
      await page.keyboard.press('Control+F6');
      await reach(page, /^Live/, 'Shift+Tab');
      await page.keyboard.press('ArrowRight');
      await reach(page, 'Search the black box');
      await page.keyboard.type('twice');
      await page.keyboard.press('Enter');
      await page.getByText('1 line found').waitFor();
      await look(page, 'black-box');
    }));

  test('a node stuck in emergency mode is brought back over its console, and the exercise passes', () =>
    practising(chromium, pictures, async page => {
      await page.getByRole('link', { name: 'Exercises' }).click();
      await click(page, 'Begin: Stuck in emergency mode');
      await page.getByText('How it came about').waitFor(long);
      await look(page, 'exercise');
      await click(page, 'Rescue the node');
      await click(page, /^Use this: (?!Over)/);
      await page.getByText('Set it by hand').click();
      await click(page, 'Open with these settings');
      await page.getByText('Emergency mode', { exact: true }).first().waitFor(long);
      await look(page, 'emergency');
      await click(page, 'Go on to the doctor');
      await click(page, 'Examine the node');
      await page.getByText('The doctor found what is wrong').waitFor(long);
      await look(page, 'findings');
      await click(page, 'Repair fstab and leave emergency mode …');
      await page.getByRole('button', { name: 'Show the plan' }).waitFor(long);
      await look(page, 'remedy');
      const name = page.getByLabel('Name of the node');
      if (await name.isVisible()) await name.fill('practice-node-1');
      await click(page, 'Show the plan');
      await page.getByRole('button', { name: 'Run the remedy' }).waitFor(long);
      await look(page, 'plan');
      await click(page, 'Run the remedy');
      // Going on booting ends the emergency shell, and with it the login on the cable.
      const finished = page.getByText('Finished. Every step was checked.');
      const again = page.getByRole('button', { name: 'Continue the run' });
      await finished.or(again).waitFor(long);
      if (await again.isVisible()) await again.click();
      await finished.waitFor(long);
      await look(page, 'run');
      await click(page, 'Examine again');
      await page.getByText('Nothing wrong was seen', { exact: true }).first().waitFor(long);
      await look(page, 'healthy');
      await click(page, 'Back to SSH');
      await click(page, 'Read the host keys over the cable');
      await page.getByText('The host keys are pinned').waitFor(long);
      await click(page, 'Use SSH again and look');
      await page.getByText('practice-node-1 answers').first().waitFor(long);
      await look(page, 'back');
      await page.getByRole('link', { name: 'Exercises' }).click();
      await click(page, 'Check my work');
      await page.getByText('Passed', { exact: true }).first().waitFor(long);
      await look(page, 'passed');
    }));
});

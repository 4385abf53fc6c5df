import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

const mostTabs = 150;

/** Tabs on, or back, until the thing with this name has the focus. */
export async function reach(
  page: Page,
  name: string | RegExp,
  key: 'Tab' | 'Shift+Tab' = 'Tab',
): Promise<void> {
  const names: string[] = [];
  for (let i = 0; i < mostTabs; i++) {
    await page.keyboard.press(key);
    const here = await page.evaluate<string>(`(() => {
      const at = document.activeElement;
      return at.ariaLabel ?? at.labels?.[0]?.textContent ?? at.textContent ?? '';
    })()`);
    if (typeof name === 'string' ? here === name : name.test(here)) return;
    names.push(here.slice(0, 40));
  }
  assert.fail(`${key} never reached ${String(name)}, only: ${[...new Set(names)].join(' · ')}`);
}

/** Waits for a button, tabs to it and presses it. */
export async function pressByKeys(page: Page, name: string | RegExp, timeout = 60_000): Promise<void> {
  await page
    .getByRole('button', { name, exact: typeof name === 'string' })
    .first()
    .waitFor({ timeout });
  await reach(page, name);
  await page.keyboard.press('Enter');
}

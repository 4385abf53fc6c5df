import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { pressByKeys } from './keys.ts';

/** The journey of a newcomer on the practice station, the same in a browser and in the window. */
const long = { timeout: 60_000 };

export interface Eyes {
  /** Looks closely at the screen as it stands. */
  readonly look: (name: string) => Promise<void>;
  /** Takes a picture in passing. */
  readonly glance: (name: string) => Promise<void>;
}

/** Welcome → practice install in under five clicks → snapshot → bag → the bag checked → every other screen, by clicks. */
export async function journeyByClicks(page: Page, { look, glance }: Eyes): Promise<void> {
  let clicks = 0;
  const click = async (name: string | RegExp): Promise<void> => {
    clicks += 1;
    await page
      .getByRole('button', { name, exact: typeof name === 'string' })
      .first()
      .click();
  };
  await page.getByRole('heading', { name: 'Welcome to Coldstart' }).waitFor();
  await look('welcome');

  await click('Practise first');
  await page.getByRole('button', { name: 'Check the node' }).waitFor();
  assert.match(await page.title(), /practice/);
  await look('install');
  await click('Check the node');
  await page.getByRole('button', { name: 'Show the plan' }).waitFor();
  await look('install-checked');
  await click('Show the plan');
  await page.getByRole('button', { name: 'Run', exact: true }).waitFor();
  await look('install-plan');
  await click('Run');
  await page.locator('.term-place[data-ready=true]').waitFor();
  await glance('run-going');
  await page.getByText('Finished. Every step was checked.').waitFor(long);
  assert.ok(clicks < 5, `it took ${clicks} clicks`);
  await look('run-finished');

  await click('Find');
  await page.getByLabel('Find in the terminal').fill('install.sh');
  await page.getByText(/^\d+ of [1-9]\d*$/).waitFor();
  await page.keyboard.press('Escape');

  await click('Take the first snapshot');
  await click('Take a snapshot now');
  await page.getByText('Only on the node').first().waitFor(long);
  await click(/^Pull on-demand/);
  await page.getByText('Cluster state restorable').first().waitFor(long);
  await look('snapshots');

  await click(/^Look inside/);
  await page.getByRole('button', { name: 'Show coredns' }).first().click();
  await page.getByText('kind: ConfigMap').waitFor();
  await click('Back to the list');
  await page.getByRole('radio', { name: 'Images' }).check();
  await page.getByText('The site runs 4 images.').waitFor();
  await look('inside-a-snapshot');
  await click('Back to Snapshots');

  await click('Carry it out');
  await click('Look what goes out');
  await page.getByText('There is room for it').waitFor();
  await look('supply-plan');
  await click('Write the bag');
  await page.getByText('The bag is written and every file was read again and compared').waitFor(long);
  await look('supply-written');
  assert.equal(await page.getByText(/safe to unplug/i).count(), 0);

  // The same bag once more, by its path, as one would check a stick that came in the post.
  const bag = await page.locator('.banner .code').first().textContent();
  await click('Check a bag');
  await page.getByLabel('Folder', { exact: true }).fill(bag ?? '');
  await click('Check this bag');
  await page.getByText('The bag is complete and unchanged').waitFor(long);

  for (const name of ['Sites and nodes', 'Bundles', 'Install', 'Runs', 'Settings']) {
    await page.getByRole('link', { name, exact: true }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.getByText('Nothing here reaches a real site.').waitFor();
    await look(name.toLowerCase().replaceAll(' ', '-'));
  }
}

/** The same way to the bag by the keyboard alone. */
export async function journeyByKeys(page: Page): Promise<void> {
  const press = (name: string | RegExp): Promise<void> => pressByKeys(page, name);
  await press('Practise first');
  await press('Check the node');
  await press('Show the plan');
  await press('Run');
  await page.getByText('Finished. Every step was checked.').waitFor(long);
  await press('Take the first snapshot');
  await press('Take a snapshot now');
  await page.getByText('Only on the node').first().waitFor(long);
  await press(/^Pull on-demand/);
  await page.getByText('Cluster state restorable').first().waitFor(long);
  await press('Carry it out');
  await press('Look what goes out');
  await page.getByText('There is room for it').waitFor();
  await press('Write the bag');
  await page.getByText('The bag is written and every file was read again and compared').waitFor(long);
  await press('Check a bag');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

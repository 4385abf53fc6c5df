import type { SiteId } from '../../../preload/contract/ids.ts';
import { fetched } from '../../ui/loadable.ts';
import { without } from '../../ui/without.ts';
import { ask, clearTask, fetchTo, task } from '../app/ask.ts';
import type { Page } from '../app/page.ts';
import { goingTo } from './store.ts';

export const loadSticks = (page: Page): Promise<void> =>
  fetchTo(
    () => page.host.call('stick.list', {}),
    news => page.supply.setState(({ sticks }) => ({ sticks: fetched(sticks, news) })),
  );

export const loadExports = (page: Page): Promise<void> =>
  fetchTo(
    () => page.host.call('export.list', {}),
    news => page.supply.setState(({ exports }) => ({ exports: fetched(exports, news) })),
  );

/** Replaces the keys an export of this site is sealed to. */
export async function saveRecipients(page: Page, site: SiteId, recipients: readonly string[]): Promise<void> {
  const saved = await ask(page, 'site.recipients', { site, recipients: [...recipients] });
  page.sites.setState(({ sites }) => ({
    sites: { value: (sites.value ?? []).map(each => (each.id === saved.id ? saved : each)), loading: false },
  }));
  page.supply.setState(state => without(state, 'plan'), true);
}

export const planKey = 'export.plan';
export const writeKey = 'export.write';
export const checkKey = 'bag.verify';

export function chooseTarget(page: Page, to: string): void {
  page.supply.setState(state => goingTo(state, to), true);
  clearTask(page, planKey);
  clearTask(page, writeKey);
}

/** Adds up what would go out; writes nothing. */
export async function planExport(page: Page, site: SiteId): Promise<void> {
  const { to } = page.supply.getState();
  if (to === undefined) return;
  page.supply.setState(state => without(state, 'written'), true);
  const plan = await task(page, planKey, how => ask(page, 'export.plan', { site, to }, how));
  if (plan) page.supply.setState({ plan });
}

/** Writes the bag, reads it again and compares. */
export async function writeExport(page: Page, site: SiteId): Promise<void> {
  const { to } = page.supply.getState();
  if (to === undefined) return;
  const written = await task(page, writeKey, how => ask(page, 'export.write', { site, to }, how));
  if (!written) return;
  page.supply.setState(state => ({ ...without(state, 'plan'), written }), true);
  await loadExports(page);
}

/** Checks a bag that lies somewhere. */
export async function checkBag(page: Page, path: string): Promise<void> {
  page.supply.setState(state => without(state, 'checked'), true);
  const checked = await task(page, checkKey, how => ask(page, 'bag.verify', { path }, how));
  if (checked) page.supply.setState({ checked });
}

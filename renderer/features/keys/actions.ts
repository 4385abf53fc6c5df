import type { SiteId } from '../../../preload/contract/ids.ts';
import type { BreakGlassPaper } from '../../../preload/contract/supply/keys.ts';
import { fetched } from '../../ui/loadable.ts';
import { without } from '../../ui/without.ts';
import { ask, clearTask, fetchTo, task } from '../app/ask.ts';
import type { Page } from '../app/page.ts';
import { loadSites } from '../sites/actions.ts';

export const laptopKey = 'keys.make';
export const lookKey = 'keys.look';
export const trustKey = 'keys.trust';
export const paperKey = (site: SiteId): string => `breakglass.make:${site}`;
export const drillKey = (site: SiteId): string => `breakglass.drill:${site}`;

export const loadKeys = (page: Page): Promise<void> =>
  fetchTo(
    () => page.host.call('keys.show', {}),
    news => page.keys.setState(({ keys }) => ({ keys: fetched(keys, news) })),
  );

/** Makes the laptop's signing key where there is none, or another one. Tells whether it did. */
export async function makeLaptopKey(page: Page, how: 'first' | 'another'): Promise<boolean> {
  const value = await task(page, laptopKey, options =>
    ask(page, how === 'first' ? 'keys.make' : 'keys.rotate', {}, options),
  );
  if (value) page.keys.setState({ keys: { value, loading: false } });
  return value !== undefined;
}

/** Reads a key file and says what it would change; changes nothing. */
export async function lookAtKeys(page: Page, path: string): Promise<void> {
  page.keys.setState(state => without(state, 'offered', 'taken'), true);
  clearTask(page, trustKey);
  const offer = await task(page, lookKey, how => ask(page, 'keys.look', { path }, how));
  if (offer) page.keys.setState({ offered: { path, offer } });
}

export const leaveOffer = (page: Page): void => page.keys.setState(state => without(state, 'offered'), true);

/** Takes exactly what was shown. */
export async function takeOffer(page: Page, typed: string): Promise<void> {
  const { offered } = page.keys.getState();
  if (!offered) return;
  const taken = await task(page, trustKey, how =>
    ask(page, 'keys.trust', { path: offered.path, ...(typed.trim() !== '' && { typed: typed.trim() }) }, how),
  );
  if (!taken) return;
  page.keys.setState(state => ({ ...without(state, 'offered'), taken }), true);
  await loadKeys(page);
}

/** Makes the key for the safe. The paper is given to the caller and kept nowhere. */
export async function makePaper(
  page: Page,
  site: SiteId,
  typed: string,
): Promise<BreakGlassPaper | undefined> {
  const paper = await task(page, paperKey(site), how =>
    ask(page, 'breakglass.make', { site, ...(typed.trim() !== '' && { typed: typed.trim() }) }, how),
  );
  if (paper) {
    page.keys.setState(state => without(state, 'drilled'), true);
    await Promise.all([loadKeys(page), loadSites(page)]);
  }
  return paper;
}

/** Opens a bag with nothing but what stands on the paper. */
export async function drill(page: Page, site: SiteId, bag: string, identity: string): Promise<boolean> {
  page.keys.setState(state => without(state, 'drilled'), true);
  const done = await task(page, drillKey(site), how =>
    ask(page, 'breakglass.drill', { site, bag, identity }, how),
  );
  if (!done) return false;
  page.keys.setState({ drilled: { ...done, site } });
  await Promise.all([loadKeys(page), loadSites(page)]);
  return true;
}

import type { CallArgs } from '../../../preload/contract/contract.ts';
import { fetched } from '../../ui/loadable.ts';
import { loadBundles } from '../bundles/actions.ts';
import { rejoinConsoles } from '../console/actions.ts';
import { loadRuns } from '../runs/actions.ts';
import { loadSites } from '../sites/actions.ts';
import { fetchTo } from './ask.ts';
import type { Page } from './page.ts';
import { hashOf, routeOf } from './route.ts';
import type { Route } from './route.ts';

/** Goes to a screen; Back comes back. */
export function go(route: Route): void {
  location.hash = hashOf(route);
}

export const loadAbout = (page: Page): Promise<void> =>
  fetchTo(
    () => page.host.call('app.about', {}),
    news => page.app.setState(({ about }) => ({ about: fetched(about, news) })),
  );

const loadSettings = (page: Page): Promise<void> =>
  fetchTo(
    () => page.host.call('settings.get', {}),
    news => page.app.setState(({ settings }) => ({ settings: fetched(settings, news) })),
  );

async function loadStation(page: Page): Promise<void> {
  if (page.host.world !== 'practice') return;
  page.app.setState({ station: await page.host.call('practice.station', {}) });
}

/** Saves settings; the host's answer is what holds. */
export async function saveSettings(page: Page, change: CallArgs<'settings.set'>): Promise<void> {
  const value = await page.host.call('settings.set', change);
  page.app.setState({ settings: { value, loading: false } });
}

/** Text size of every terminal; it is shown at once and kept in the settings. */
export function saveFontSize(page: Page, terminalFontSize: number): void {
  page.app.setState(({ settings }) =>
    settings.value ? { settings: { ...settings, value: { ...settings.value, terminalFontSize } } } : {},
  );
  saveSettings(page, { terminalFontSize }).catch(() => undefined);
}

/** Fetches what every screen needs. */
async function loadAll(page: Page): Promise<void> {
  await Promise.allSettled([
    loadAbout(page),
    loadSettings(page),
    loadStation(page),
    loadSites(page),
    loadBundles(page),
    loadRuns(page),
  ]);
  const { route } = page.app.getState();
  // A practice world without a run yet begins where the newcomer wants to be.
  if (page.host.world === 'practice' && route.is === 'welcome') go({ is: 'install' });
  else if (route.is === 'welcome' && (page.sites.getState().sites.value?.length ?? 0) > 0)
    go({ is: 'sites' });
}

/** Brings a page to life: follows the address and the connection, loads, and loads again after a lost connection. */
export function startPage(page: Page): () => void {
  const followAddress = (): void => page.app.setState({ route: routeOf(location.hash) });
  const followConnection = (): void => {
    const before = page.app.getState().standing;
    const standing = page.host.standing();
    if (standing === before && page.app.getState().opens > 0) return;
    page.app.setState(({ opens }) => ({ standing, opens: standing.is === 'open' ? opens + 1 : opens }));
    if (standing.is === 'open' && before.is === 'lost') {
      void loadAll(page);
      void rejoinConsoles(page);
    }
  };
  window.addEventListener('hashchange', followAddress);
  const stopWatching = page.host.watch(followConnection);
  followConnection();
  void loadAll(page);
  return () => {
    window.removeEventListener('hashchange', followAddress);
    stopWatching();
  };
}

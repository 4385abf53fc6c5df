import type { Site } from '../../../preload/contract/domain.ts';
import type { MachineId } from '../../../preload/contract/ids.ts';
import type { LanNow } from '../../../preload/contract/scan.ts';
import { fetched } from '../../ui/loadable.ts';
import { listOf } from '../../ui/format.ts';
import { without } from '../../ui/without.ts';
import { ask, clearTask, fetchTo, hear, task } from '../app/ask.ts';
import type { Page } from '../app/page.ts';
import { chosen, hindrance, isFast, isWide, neverIn, neverOf, paceOf } from './choice.ts';
import type { ScanChoice } from './choice.ts';
import { foldMap } from './store.ts';
import type { MapNews, Sheet } from './store.ts';

export const scanKey = 'map.scan';
export const preferKey = 'map.prefer';

/** How often the laptop's own networks are looked at while the screen is open: a cable that is plugged in shows soon. */
const lookMs = 5000;

const tell = (page: Page, news: MapNews): void => page.map.setState(state => foldMap(state, news), true);

const came = (page: Page, value: LanNow | undefined): void => {
  if (value) page.map.setState({ lan: { value, loading: false } });
};

/** Looks at the laptop's own interfaces; nothing is sent. */
export const loadLan = (page: Page): Promise<void> =>
  fetchTo(
    () => page.host.call('scan.networks', {}),
    news => page.map.setState(({ lan }) => ({ lan: fetched(lan, news) })),
  );

/** The same without a sign that it is done: what came is shown, and a failure is left to who asks. */
const followLan = (page: Page): Promise<void> =>
  page.host.call('scan.networks', {}).then(
    value => came(page, value),
    () => undefined,
  );

export const loadInventory = (page: Page): Promise<void> =>
  fetchTo(
    () => page.host.call('inventory.show', {}),
    news => page.map.setState(({ inventory }) => ({ inventory: fetched(inventory, news) })),
  );

/** Follows the laptop's networks as long as the screen is open. Gives the way to stop. */
export function enterMap(page: Page): () => void {
  void loadLan(page);
  if (!page.stops.has(scanKey)) void loadInventory(page);
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible' && !page.map.getState().lan.loading) void followLan(page);
  }, lookMs);
  return () => {
    clearInterval(timer);
    closeSheet(page);
  };
}

export const choose = (page: Page, change: Partial<ScanChoice>): void =>
  page.map.setState(({ choice }) => ({ choice: { ...choice, ...change } }));

/** Keeps whether one network is scanned fast. The box shows it at once, and goes back when it could not be kept. */
export async function preferFast(page: Page, cidr: string, fast: boolean): Promise<void> {
  const { lan } = page.map.getState();
  const set = (value: boolean): void =>
    choose(page, { fast: { ...page.map.getState().choice.fast, [cidr]: value } });
  const exclude = [...(lan.value?.networks.find(each => each.cidr === cidr)?.exclude ?? [])];
  set(fast);
  const kept = await task(page, preferKey, how => ask(page, 'scan.prefer', { cidr, fast, exclude }, how));
  if (kept) came(page, kept);
  else set(!fast);
}

/** Keeps the addresses never to be asked, each with the network it lies in. */
export async function keepNever(page: Page): Promise<boolean> {
  const { lan, choice } = page.map.getState();
  if (choice.never === undefined) return true;
  const never = listOf(choice.never);
  const networks = lan.value?.networks ?? [];
  const kept = await task(page, preferKey, async how => {
    let last: LanNow | undefined;
    for (const network of networks) {
      const exclude = neverIn(network, networks, never);
      const { cidr } = network;
      last = await ask(page, 'scan.prefer', { cidr, fast: isFast(lan.value, choice, cidr), exclude }, how);
    }
    return { last };
  });
  if (!kept) return false;
  came(page, kept.last);
  // Typed on while it was kept: that is the next change.
  if (networks.length > 0 && page.map.getState().choice.never === choice.never)
    page.map.setState(state => ({ choice: without(state.choice, 'never') }));
  return true;
}

/** Scans what was chosen. It goes on when the screen is left; stopping its task stops it. */
export async function scan(page: Page): Promise<void> {
  if (hindrance(page.map.getState().lan.value, page.map.getState().choice)) return;
  const never = listOf(neverOf(page.map.getState().lan.value, page.map.getState().choice));
  if (!(await keepNever(page))) return;
  const { lan, choice } = page.map.getState();
  const networks = [...chosen(lan.value, choice)];
  const pace = paceOf(lan.value, choice);
  const wide = networks.filter(isWide);
  const args = {
    networks,
    pace,
    ...(wide.length > 0 && { wide }),
    ...(never.length > 0 && { exclude: never }),
  };
  const ended = await task(page, scanKey, async ({ signal, onProgress }) => {
    tell(page, { is: 'asked', pace, networks });
    for await (const news of hear(page, 'scan.run', args, signal)) {
      if (news.is === 'progress') onProgress(news.progress);
      else tell(page, news);
    }
    return { stopped: signal.aborted };
  });
  // What was drawn last stays: the host may still be putting it away, and would show an older state.
  if (ended?.stopped === true) tell(page, { is: 'stopped' });
}

export const openSheet = (page: Page, sheet: Sheet): void => page.map.setState({ sheet });
export const closeSheet = (page: Page): void => page.map.setState(state => without(state, 'sheet'), true);

/** Says that the cluster of this machine is the site's. Throws what the host says. */
export async function joinSite(page: Page, machine: MachineId, site: Site): Promise<void> {
  const value = await ask(page, 'inventory.join', { machine, site: site.id });
  page.map.setState({ inventory: { value, loading: false } });
}

/** Forgets a machine and its history. Throws what the host says. */
export async function forget(page: Page, machine: MachineId): Promise<void> {
  const value = await ask(page, 'inventory.forget', { machine });
  page.map.setState({ inventory: { value, loading: false } });
}

/** Where a scan is begun anew after it failed. */
export function scanAgain(page: Page): void {
  clearTask(page, scanKey);
  void scan(page);
}

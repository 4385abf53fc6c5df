import type { NodeId, SiteId } from '../../../preload/contract/ids.ts';
import { fetched } from '../../ui/loadable.ts';
import { ask, fetchTo, task } from '../app/ask.ts';
import type { Page } from '../app/page.ts';
import { loadOverview } from './actions.ts';
import { rangeAt } from './store.ts';
import type { Range } from './store.ts';

export const pullKey = 'recorder.pull';
export const targetsKey = 'wan.targets';

/** Brings what a node logged by itself; the charts then show it. */
export async function pullLog(page: Page, node: NodeId): Promise<void> {
  page.metrics.setState({ pulled: undefined });
  const pulled = await task(page, pullKey, how => ask(page, 'recorder.pull', { node }, { ...how, node }));
  if (!pulled) return;
  page.metrics.setState({ pulled: { ...pulled, node } });
  await loadOverview(page);
}

export async function loadWay(
  page: Page,
  site: SiteId,
  range: Range = page.metrics.getState().range,
): Promise<void> {
  await fetchTo(
    async () => {
      const { targets } = await page.host.call('wan.targets', { site });
      return { targets, seen: await page.host.call('wan.seen', { site, ...rangeAt(range, Date.now()) }) };
    },
    news => {
      if (page.metrics.getState().site === site)
        page.metrics.setState(({ way }) => ({ way: fetched(way, news) }));
    },
  );
}

export async function saveTargets(page: Page, site: SiteId, targets: string): Promise<void> {
  const kept = await task(page, targetsKey, how => ask(page, 'wan.targets', { site, targets }, how));
  if (kept) await loadWay(page, site);
}

import type { SiteId } from '../../../preload/contract/ids.ts';
import type { MetricsJob } from '../../../preload/contract/metrics.ts';
import { fetched, unloaded } from '../../ui/loadable.ts';
import { without } from '../../ui/without.ts';
import { ask, fetchTo, hear, task } from '../app/ask.ts';
import type { Page } from '../app/page.ts';
import { freshMetrics, isCounter, rangeAt } from './store.ts';
import type { Picked, Range } from './store.ts';

export const recordKey = 'metrics.record';
export const exportKey = 'metrics.export';

const points = 300;
const closePoints = 800;
/** How often the charts of a span that ends now are drawn anew while the recorder is at work. */
const refreshMs = 30_000;

/** Shows another site; nothing of the one before stays. */
export function enterSite(page: Page, site: SiteId): () => void {
  page.metrics.setState({ ...freshMetrics, range: page.metrics.getState().range, site }, true);
  const stop = new AbortController();
  void watch(page, site, stop.signal);
  void loadOverview(page);
  const timer = setInterval(() => {
    const { range, recorder } = page.metrics.getState();
    if (range.is === 'last' && recorder?.recording === true && document.visibilityState === 'visible')
      void loadCharts(page);
  }, refreshMs);
  return () => {
    stop.abort();
    clearInterval(timer);
  };
}

/** So many scrapes are drawn as they come: whoever has just begun wants to see that something comes. */
const shownAtOnce = 4;

async function watch(page: Page, site: SiteId, signal: AbortSignal): Promise<void> {
  try {
    let scrapes = 0;
    for await (const recorder of hear(page, 'recorder.watch', { site }, signal)) {
      page.metrics.setState({ recorder });
      // The first scrapes are shown at once; after that the charts follow at their own pace.
      if (recorder.scrapes > 0 && scrapes < shownAtOnce) void loadCharts(page);
      ({ scrapes } = recorder);
    }
  } catch {
    // A lost connection is told above the page.
  }
}

export async function loadOverview(page: Page): Promise<void> {
  const { site, range } = page.metrics.getState();
  if (site === undefined) return;
  const shown = rangeAt(range, Date.now());
  page.metrics.setState({ shown });
  await fetchTo(
    () => page.host.call('metrics.overview', { site, ...shown, points }),
    news => {
      if (page.metrics.getState().site === site)
        page.metrics.setState(({ overview }) => ({ overview: fetched(overview, news) }));
    },
  );
}

async function loadPicked(page: Page): Promise<void> {
  const { site, range, picked } = page.metrics.getState();
  if (site === undefined || !picked) return;
  const { metric, job, rate } = picked;
  const as = metric.endsWith('_bucket')
    ? ({ is: 'quantile', percent: 99 } as const)
    : ({ is: rate ? 'rate' : 'value' } as const);
  await fetchTo(
    () =>
      page.host.call('metrics.query', {
        site,
        series: metric,
        job,
        as,
        ...rangeAt(range, Date.now()),
        points: closePoints,
      }),
    news => {
      if (page.metrics.getState().picked === picked)
        page.metrics.setState(({ answer }) => ({ answer: fetched(answer, news) }));
    },
  );
}

const loadCharts = async (page: Page): Promise<void> => {
  await Promise.all([loadOverview(page), loadPicked(page)]);
};

export function show(page: Page, range: Range): void {
  page.metrics.setState({ range });
  void loadCharts(page);
}

export async function search(page: Page, words: string): Promise<void> {
  page.metrics.setState({ words });
  const { site } = page.metrics.getState();
  if (site === undefined) return;
  await fetchTo(
    () => page.host.call('metrics.search', { site, words }),
    news => {
      if (page.metrics.getState().words === words)
        page.metrics.setState(({ found }) => ({ found: fetched(found, news) }));
    },
  );
}

export function pick(page: Page, metric: string, job: MetricsJob): void {
  const picked: Picked = { metric, job, rate: isCounter(metric) };
  page.metrics.setState({ picked, answer: unloaded });
  void loadPicked(page);
}

export const leavePicked = (page: Page): void =>
  page.metrics.setState(state => without(state, 'picked'), true);

/** Begins or ends logging. What stands in the way of a login is put before the technician first. */
export async function record(page: Page, site: SiteId, on: boolean, full = false): Promise<void> {
  await task(page, recordKey, async how => {
    if (!on) return ask(page, 'recorder.stop', { site }, how);
    for (const node of await page.host.call('node.list', { site }))
      // A node that cannot be reached now may answer later; the recorder tells it.
      await ask(page, 'node.look', { node: node.id }, { ...how, node: node.id }).catch(() => undefined);
    return ask(page, 'recorder.start', { site, full }, how);
  });
}

export async function exportMetrics(page: Page, site: SiteId, out: string): Promise<void> {
  await task(page, exportKey, how => ask(page, 'metrics.export', { site, out }, how));
}

/** What keeping everything would take on this laptop. */
export const loadBudget = (page: Page, site: SiteId): Promise<void> =>
  fetchTo(
    () => page.host.call('recorder.budget', { site }),
    news => page.metrics.setState(({ budget }) => ({ budget: fetched(budget, news) })),
  );

import type { MetricsMark, RecorderState } from '../../../preload/contract/metrics.ts';
import { overviewPanels } from '../../../preload/contract/metrics.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { SiteId } from '../../../preload/contract/ids.ts';
import type { CallHandlers, FeedHandlers } from '../../bridge/handlers.ts';
import type { SeriesAsk } from '../../core/metrics/ask.ts';
import { joinedAnswers, overviewAsks } from '../../core/metrics/overview.ts';
import { daysToDrop, keptDays } from '../../core/metrics/retention.ts';
import { findingsIn, ruleAsks } from '../../core/metrics/rules.ts';
import { diskWear, wearAsks } from '../../core/metrics/wear/forecast.ts';
import type { Files } from '../../ports.ts';
import { audit } from '../../store/audit.ts';
import { exports } from '../../store/exports.ts';
import { runsOfSite } from '../../store/runs.ts';
import { technician } from '../../store/settings.ts';
import type { Store } from '../../store/store.ts';
import type { Nodes } from '../sites/nodes.ts';
import { loggedMetrics, metricsFolder } from './logged.ts';
import type { LoggedMetrics } from './logged.ts';
import { Recorder } from './recorder.ts';
import type { RecorderDeps } from './recorder.ts';

export interface RecorderServiceDeps extends RecorderDeps {
  readonly nodes: Pick<Nodes, 'ofSite' | 'withLink' | 'site'>;
  readonly store: Store;
  readonly files: Files;
  /** The home's folder. */
  readonly home: string;
  readonly supplyRunDays: () => number;
  /** Marks this laptop's series apart from those another laptop scraped of the same site. */
  readonly laptop: () => string | undefined;
}

type Calls = Pick<
  CallHandlers,
  | 'metrics.list'
  | 'metrics.search'
  | 'metrics.query'
  | 'metrics.overview'
  | 'metrics.export'
  | 'recorder.start'
  | 'recorder.stop'
  | 'recorder.budget'
>;

export interface RecorderService {
  readonly calls: Calls;
  readonly feeds: Pick<FeedHandlers, 'recorder.watch'>;
  readonly logged: LoggedMetrics;
  close(): Promise<void>;
}

const usualSeconds = 30;
const usualFound = 200;
const dayMs = 86_400_000;

/** Logs metrics of a site's nodes while the laptop is there, and shows what was logged. */
export function recorderService(deps: RecorderServiceDeps): RecorderService {
  const { nodes, store, clock, metrics, files } = deps;
  const recorders = new Map<SiteId, Recorder>();
  const watchers = new Map<SiteId, Set<() => void>>();
  const folderOf = (site: SiteId): string => metricsFolder(deps.home, site);
  const changed = (site: SiteId): void => watchers.get(site)?.forEach(wake => wake());

  const stateOf = (site: SiteId): RecorderState => {
    const recorder = recorders.get(site);
    return {
      site,
      recording: recorder !== undefined,
      everySeconds: recorder?.everySeconds ?? usualSeconds,
      full: recorder?.full ?? false,
      scrapes: recorder?.scrapes ?? 0,
      targets: recorder?.targets() ?? [],
    };
  };

  const audited = (what: string, site: SiteId): void =>
    store.write(db => audit(db, technician(db), what, { site }, clock.now()));

  async function start({
    site,
    everySeconds = usualSeconds,
    full = false,
  }: Parameters<Calls['recorder.start']>[0]): Promise<RecorderState> {
    const { name } = nodes.site(site);
    const all = nodes.ofSite(site);
    if (all.length === 0)
      throw new FieldError({
        code: 'refused',
        says: 'This site has no nodes yet, so there is nothing to log.',
        about: name,
        untouched: 'Nothing was begun.',
        next: 'Add a node first.',
      });
    await recorders.get(site)?.stop();
    await files.makeFolder(folderOf(site));
    await sweep(site);
    const recorder = new Recorder(deps, {
      folder: folderOf(site),
      everySeconds,
      full,
      changed: () => changed(site),
    });
    recorders.set(site, recorder);
    recorder.begin(all);
    audited('began-recording', site);
    changed(site);
    return stateOf(site);
  }

  async function stop(site: SiteId): Promise<RecorderState> {
    const recorder = recorders.get(site);
    if (recorder) {
      await recorder.stop();
      const state = { ...stateOf(site), recording: false };
      recorders.delete(site);
      audited('ended-recording', site);
      changed(site);
      return state;
    }
    return stateOf(site);
  }

  /** Drops whole days that are old enough and, where exports are due, have arrived. */
  async function sweep(site: SiteId): Promise<void> {
    const { targets } = await metrics.held(folderOf(site), new AbortController().signal);
    const past = store.read(db => exports(db, site));
    const confirmed = past.find(each => each.state === 'confirmed');
    const days = daysToDrop([...new Set(targets.flatMap(target => target.days))], {
      now: clock.now().getTime(),
      clockDoubtful: deps.clockDoubtful(),
      exportDue: past.length > 0,
      confirmedUntil: confirmed && Date.parse(confirmed.at),
    });
    if (days.length > 0) await metrics.drop(folderOf(site), days);
  }

  async function* watch({ site }: { readonly site: SiteId }, signal: AbortSignal) {
    nodes.site(site);
    let wake: () => void = () => undefined;
    let news = true;
    const heard = (): void => {
      news = true;
      wake();
    };
    const all = watchers.get(site) ?? new Set();
    watchers.set(site, all.add(heard));
    signal.addEventListener('abort', heard, { once: true });
    try {
      while (!signal.aborted) {
        if (news) {
          news = false;
          yield stateOf(site);
        } else await new Promise<void>(go => (wake = go));
      }
    } finally {
      all.delete(heard);
    }
  }

  async function overview(
    { site, from, to, points }: Parameters<Calls['metrics.overview']>[0],
    signal: AbortSignal,
  ) {
    nodes.site(site);
    const now = clock.now().getTime();
    const panelAsks = overviewPanels.map(panel =>
      overviewAsks[panel].map((ask): SeriesAsk => ({ ...ask, from, to, points })),
    );
    const rules = ruleAsks(now);
    const boots: SeriesAsk = { series: 'node_boot_time_seconds', as: 'value', from, to, points: 2000 };
    // Wear is slow: it is always judged by all that is kept, whatever the charts show.
    const worn = wearAsks.map((ask): SeriesAsk => ({
      ...ask,
      from: now - keptDays * dayMs,
      to: now,
      points: 400,
    }));
    const asks = [...panelAsks.flat(), ...rules, boots, ...worn];
    const answers = await metrics.query(folderOf(site), asks, signal);
    let next = 0;
    const taken = (count: number) => answers.slice(next, (next += count));
    const panels = panelAsks.map((asks, i) => ({
      panel: overviewPanels[i] ?? 'up',
      ...joinedAnswers(taken(asks.length)),
    }));
    const found = findingsIn(taken(rules.length), { now, nextVisit: now + deps.supplyRunDays() * dayMs });
    const [booted] = taken(1);
    const marks = [...runMarks(site, from, to), ...rebootMarks(booted?.lines ?? [])];
    const wear = diskWear(taken(worn.length).flatMap(({ lines }) => lines));
    return { panels, wear, findings: found, marks: marks.toSorted((a, b) => a.at - b.at) };
  }

  const runMarks = (site: SiteId, from: number, to: number): readonly MetricsMark[] =>
    store
      .read(db => runsOfSite(db, site))
      .flatMap(run => {
        const at = Date.parse(run.startedAt);
        return at >= from && at <= to ? [{ at, is: 'run' as const, says: run.title }] : [];
      });

  async function exported(
    { site, out, from = 0, to }: Parameters<Calls['metrics.export']>[0],
    { signal, progress }: Parameters<Calls['metrics.export']>[1],
  ) {
    const there = await files.stat(out).catch(() => undefined);
    if (there?.kind === 'file')
      throw new FieldError({
        code: 'refused',
        says: 'There is a file of that name already.',
        about: out,
        untouched: 'It was left as it is.',
        next: 'Give another name, or a folder: it gets one file for each day.',
      });
    // A name that ends like a file is one; everything else is a folder for one file a day.
    const toFile = there?.kind !== 'folder' && /\.(?:om|txt|prom)$/.test(out);
    return metrics.export(
      folderOf(site),
      {
        from,
        to: to ?? Number.MAX_SAFE_INTEGER,
        out: toFile ? { file: out } : { folder: out },
        write: 'both',
        labels: labelsOf(site),
      },
      { signal, onProgress: done => progress({ what: 'Writing metrics', done, unit: 'bytes' }) },
    );
  }

  const labelsOf = (site: SiteId): Readonly<Record<string, string>> => {
    const laptop = deps.laptop();
    return { site: nodes.site(site).name, ...(laptop === undefined ? {} : { laptop }) };
  };

  async function budget(site: SiteId, signal: AbortSignal) {
    const { targets } = await metrics.held(folderOf(site), signal);
    const { free } = await files.space(deps.home);
    // Blocks of full scrapes measured so far say what a sample takes; before there are any, what the bench measured.
    const samples = targets.reduce((sum, target) => sum + target.samples, 0);
    const bytes = targets.reduce((sum, target) => sum + target.bytes, 0);
    const bytesEach = samples > 100_000 ? bytes / samples : 2;
    const nodesOfSite = nodes.ofSite(site).length;
    const full = 70_000 * nodesOfSite;
    const bytesADay = Math.ceil(full * (dayMs / 300_000) * bytesEach);
    return { samples: full, bytesADay, bytesFor35Days: bytesADay * keptDays, free };
  }

  return {
    calls: {
      'metrics.list': ({ site }, { signal }) => metrics.held(folderOf(site), signal),
      'metrics.search': ({ site, words }, { signal }) =>
        metrics.search(
          folderOf(site),
          { words: words.split(/\s+/).filter(Boolean), most: usualFound },
          signal,
        ),
      'metrics.query': async ({ site, as, series, job, node, from, to, points }, { signal }) => {
        const how = as.is === 'quantile' ? { quantile: as.percent / 100 } : as.is;
        const ask: SeriesAsk = { series, as: how, job, node, from, to, points };
        const [answer] = await metrics.query(folderOf(site), [ask], signal);
        return answer ?? { lines: [], more: 0, doubtful: false, lost: [] };
      },
      'metrics.overview': (args, { signal }) => overview(args, signal),
      'metrics.export': exported,
      'recorder.start': args => start(args),
      'recorder.stop': ({ site }) => stop(site),
      'recorder.budget': ({ site }, { signal }) => budget(site, signal),
    },
    feeds: { 'recorder.watch': watch },
    logged: loggedMetrics(metrics, deps.home, labelsOf),
    close: async () => {
      await Promise.all([...recorders.values()].map(recorder => recorder.stop()));
      recorders.clear();
      await metrics.close();
    },
  };
}

/** A node that says another boot time was restarted in between. */
function rebootMarks(
  lines: readonly { readonly instance: string; readonly values: readonly (number | null)[] }[],
): readonly MetricsMark[] {
  return lines.flatMap(({ instance, values }) => {
    const boots = [...new Set(values.flatMap(value => (value === null ? [] : [Math.round(value)])))];
    // Boot times differ by a second or two when the node's clock is set.
    return boots
      .filter((boot, i) => i > 0 && boot - (boots[i - 1] ?? 0) > 10)
      .map(boot => ({ at: boot * 1000, is: 'reboot' as const, says: `${instance} started` }));
  });
}

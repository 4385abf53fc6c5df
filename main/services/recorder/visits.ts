import { join } from 'node:path';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import type { NodeId, SiteId } from '../../../preload/contract/ids.ts';
import type { MetricsLine } from '../../../preload/contract/metrics.ts';
import type { RecorderPulled, WanSeen } from '../../../preload/contract/wan.ts';
import type { CallHandlers } from '../../bridge/handlers.ts';
import { namedIn } from '../../core/metrics/series-name.ts';
import { recorderPaths } from '../../core/recorder/script.ts';
import type { Reach } from '../../core/wan/exposition.ts';
import { anyTarget, reachability } from '../../core/wan/reachability.ts';
import type { Probe } from '../../core/wan/reachability.ts';
import { targetName, wanTargets } from '../../core/wan/targets.ts';
import type { Clock, Files, Link, MetricsBox, OnProgress } from '../../ports.ts';
import { audit } from '../../store/audit.ts';
import { technician } from '../../store/settings.ts';
import type { Store } from '../../store/store.ts';
import { keepWanTargets, wanTargetsOf } from '../../store/wan-targets.ts';
import type { Nodes } from '../sites/nodes.ts';
import { metricsFolder } from './logged.ts';
import { pullRecorded } from './pull.ts';
import type { ScrapeNode } from './recorder.ts';
import { wanFromLaptop, wanFromNode } from './wan.ts';

export interface VisitDeps {
  readonly store: Store;
  readonly nodes: Pick<Nodes, 'get' | 'ofSite' | 'site' | 'withLink'>;
  readonly files: Files;
  readonly clock: Clock;
  readonly metrics: MetricsBox;
  readonly reach: Reach;
  /** The home's folder. */
  readonly home: string;
}

/** What is done with nodes besides scraping them: their own logs are pulled, and the way out is looked for. */
export interface Visits {
  readonly calls: Pick<CallHandlers, 'recorder.pull' | 'wan.targets' | 'wan.seen'>;
  /** A scrape that also asks the way out, and over SSH first brings what the node logged while nobody was there. */
  around(scrape: ScrapeNode): ScrapeNode;
}

/** The log of one node is looked for again after so long, while the laptop stays. */
const pullAgainMs = 6 * 3_600_000;
/** One that failed is tried again after so long. */
const tryAgainMs = 600_000;
/** Probes come a minute apart: so many days of them are read as they are, not squeezed. */
const sliceMs = 3 * 86_400_000;
const mostPoints = 5000;

export function visits(deps: VisitDeps): Visits {
  const { store, nodes, files, clock, metrics } = deps;
  const lastPulls = new Map<NodeId, number>();

  async function pullFrom(
    link: Link,
    node: SiteNode,
    options: { readonly signal: AbortSignal; readonly onProgress?: OnProgress },
  ): Promise<RecorderPulled> {
    const folder = metricsFolder(deps.home, node.site);
    await files.makeFolder(folder);
    const into = {
      files,
      clock,
      folder: join(deps.home, 'recorder', node.id),
      take: async (at: number, text: string): Promise<void> => {
        const target = { job: 'recorder', instance: node.name } as const;
        const scrape = {
          target,
          node: node.id,
          at,
          text: Buffer.from(text),
          keep: 'all',
          doubtful: false,
        } as const;
        await metrics.append(folder, scrape, options.signal);
      },
    };
    return await pullRecorded(link, node, into, options);
  }

  /** Gives why it could not; a link that was lost throws. */
  async function pullIfDue(link: Link, node: SiteNode, signal: AbortSignal): Promise<Failure | undefined> {
    const last = lastPulls.get(node.id);
    // Over a cable a month of log may take half an hour: there it is asked for.
    if (link.kind !== 'ssh' || (last !== undefined && clock.monotonic() - last < pullAgainMs))
      return undefined;
    try {
      // Where there is no recorder nobody is asked for root's rights.
      if (await link.stat(recorderPaths.script, { signal })) await pullFrom(link, node, { signal });
      lastPulls.set(node.id, clock.monotonic());
      return undefined;
    } catch (thrown) {
      if (!(thrown instanceof FieldError) || thrown.failure.code === 'link-lost') throw thrown;
      lastPulls.set(node.id, clock.monotonic() - pullAgainMs + tryAgainMs);
      return thrown.failure;
    }
  }

  function targets(site: SiteId, given: string | undefined): { readonly targets: string } {
    nodes.site(site);
    if (given === undefined) return { targets: store.read(db => wanTargetsOf(db, site)) };
    const kept = wanTargets(given).map(targetName).join(' ');
    store.write(db => {
      keepWanTargets(db, site, kept);
      audit(db, technician(db), 'chose-wan-targets', { site }, clock.now());
    });
    return { targets: kept };
  }

  async function seen(
    { site, from, to }: { readonly site: SiteId; readonly from: number; readonly to: number },
    signal: AbortSignal,
  ): Promise<readonly WanSeen[]> {
    nodes.site(site);
    const found: Told[] = [];
    for (let start = from; start < to; start += sliceMs) {
      const span = { from: start, to: Math.min(to, start + sliceMs), points: mostPoints };
      const [ups, rtts] = await metrics.query(
        metricsFolder(deps.home, site),
        [
          { series: 'coldstart_wan_up', as: 'value', ...span },
          { series: 'coldstart_wan_rtt_seconds', as: 'value', ...span },
        ],
        signal,
      );
      found.push(...toldIn(ups?.lines ?? [], rtts?.lines ?? []));
    }
    return [...Map.groupBy(found, told => told.from)].map(([place, told]) => {
      const probes = told.map(({ probe }) => probe);
      const [any] = reachability(anyTarget(probes));
      return {
        from: place,
        any: any ?? { target: 'any', probes: 0, watchedMs: 0, outages: [], flaps: 0 },
        targets: reachability(probes),
      };
    });
  }

  function around(scrape: ScrapeNode): ScrapeNode {
    return async function* visited(link, node, wish) {
      const failure = await pullIfDue(link, node, wish.signal);
      if (failure) yield { job: 'recorder', failure };
      yield* scrape(link, node, { ...wish, jobs: wish.jobs.filter(job => job !== 'wan') });
      if (!wish.jobs.includes('wan')) return;
      const asked = wanTargets(store.read(db => wanTargetsOf(db, node.site)));
      if (asked.length === 0) return;
      const [began, at] = [clock.monotonic(), clock.now().getTime()];
      // The laptop asks once for the site, with its first node.
      const isFirst = nodes.ofSite(node.site)[0]?.id === node.id;
      const texts = await Promise.all([
        wanFromNode(link, asked, wish.signal),
        isFirst ? wanFromLaptop(asked, deps.reach, wish.signal) : '',
      ]);
      const text = texts.join('');
      const tookMs = Math.round(clock.monotonic() - began);
      if (text === '') return;
      yield { target: { job: 'wan', instance: node.name }, at, tookMs, by: 'shell', text: Buffer.from(text) };
    };
  }

  return {
    calls: {
      'recorder.pull': async ({ node: id }, { signal, progress }) =>
        await nodes.withLink(id, signal, link =>
          pullFrom(link, nodes.get(id), { signal, onProgress: progress }),
        ),
      'wan.targets': ({ site, targets: given }) => targets(site, given),
      'wan.seen': (args, { signal }) => seen(args, signal),
    },
    around,
  };
}

interface Told {
  readonly from: string;
  readonly probe: Probe;
}

function toldIn(ups: readonly MetricsLine[], rtts: readonly MetricsLine[]): readonly Told[] {
  const rttOf = new Map(
    rtts.flatMap(line =>
      line.times.map((at, i) => [`${keyOf(line)} ${at}`, line.values[i] ?? undefined] as const),
    ),
  );
  return ups.flatMap(line => {
    const labels = new Map(namedIn(line.name)?.labels ?? []);
    const target = labels.get('target') ?? '';
    const from = labels.get('from') ?? line.instance;
    return line.times.flatMap((at, i): Told[] => {
      const value = line.values[i];
      if (value === null || value === undefined) return [];
      const rtt = rttOf.get(`${keyOf(line)} ${at}`);
      return [{ from, probe: { target, at, up: value >= 1, ...(rtt !== undefined && { rttSeconds: rtt }) } }];
    });
  });
}
/** The place and target, without the metric's name. */
const keyOf = ({ name, node, job }: MetricsLine): string => `${node} ${job} ${name.replace(/^\w+/, '')}`;

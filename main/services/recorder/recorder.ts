import type { MetricsJob, RecorderTarget } from '../../../preload/contract/metrics.ts';
import { FieldError, failureOf } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import type { ExpositionFaults } from '../../core/metrics/exposition.ts';
import type { Scraped } from '../../core/metrics/scraped.ts';
import type { Clock, Link, MetricsBox } from '../../ports.ts';
import type { Nodes } from '../sites/nodes.ts';

/** A job that could not be scraped this time. */
export interface ScrapeFailed {
  readonly job: MetricsJob;
  readonly failure: Failure;
}
export interface ScrapeWish {
  readonly jobs: readonly MetricsJob[];
  /** Everything, not only what is kept by default. */
  readonly full: boolean;
  readonly signal: AbortSignal;
}
/** Asks one node for its metrics; what a job has not there at all is left out. Throws when the link is lost. */
export type ScrapeNode = (
  link: Link,
  node: SiteNode,
  wish: ScrapeWish,
) => AsyncIterable<Scraped | ScrapeFailed>;

export interface RecorderDeps {
  readonly nodes: Pick<Nodes, 'ofSite' | 'withLink'>;
  readonly clock: Clock;
  readonly metrics: MetricsBox;
  readonly scrape: ScrapeNode;
  readonly clockDoubtful: () => boolean;
}

/** Jobs that are asked seldom, whatever the schedule: they change slowly, or cost the node more. */
const seldomMs: Partial<Record<MetricsJob, number>> = { wear: 600_000, wan: 60_000 };
/** What goes through `kubectl` starts a program on the node each time. */
const byKubectlMs = 300_000;
const fullMs = 300_000;

const everyJob: readonly MetricsJob[] = ['k3s', 'cadvisor', 'resource', 'etcd', 'node', 'wear', 'wan'];

type Standing = { -readonly [K in keyof RecorderTarget]: RecorderTarget[K] } & { dueAt: number };

function without<T extends object, K extends keyof T>(of: T, name: K): Omit<T, K> {
  const kept = { ...of };
  delete kept[name];
  return kept;
}

/** What a scrape's text brought besides samples, in a sentence. */
export function noteOf(faults: ExpositionFaults, jumpedBackMs: number): string | undefined {
  const notes = [
    ...(faults.malformed > 0
      ? [`${faults.malformed} lines were no metrics and left out, as “${faults.example ?? ''}”`]
      : []),
    ...(faults.duplicate > 0 ? [`${faults.duplicate} series came twice; the first counts`] : []),
    ...(faults.future > 0 ? [`${faults.future} samples claimed a time in the future; they have ours`] : []),
    ...(faults.torn ? ['the text broke off; its last line was left out'] : []),
    ...(jumpedBackMs > 0
      ? [`the laptop’s clock went back by ${Math.round(jumpedBackMs / 1000)} seconds since the scrape before`]
      : []),
  ];
  const said = notes.join('; ');
  return said === '' ? undefined : `${said.charAt(0).toUpperCase()}${said.slice(1)}.`;
}

/** Scrapes the nodes of one site on a schedule, until it is stopped. */
export class Recorder {
  private readonly deps: RecorderDeps;
  private readonly folder: string;
  private readonly stopping = new AbortController();
  private readonly standing = new Map<string, Standing>();
  private readonly loops: Promise<void>[] = [];
  private readonly changed: () => void;
  readonly everySeconds: number;
  readonly full: boolean;
  /** Stored since it began. */
  scrapes = 0;

  constructor(
    deps: RecorderDeps,
    how: {
      readonly folder: string;
      readonly everySeconds: number;
      readonly full: boolean;
      readonly changed: () => void;
    },
  ) {
    this.deps = deps;
    this.folder = how.folder;
    this.everySeconds = how.everySeconds;
    this.full = how.full;
    this.changed = how.changed;
  }

  begin(nodes: readonly SiteNode[]): void {
    for (const node of nodes) this.loops.push(this.record(node));
  }

  targets(): readonly RecorderTarget[] {
    return [...this.standing.values()]
      .map((standing): RecorderTarget => without(standing, 'dueAt'))
      .toSorted((a, b) => `${a.instance} ${a.job}`.localeCompare(`${b.instance} ${b.job}`));
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.loops);
  }

  private async record(node: SiteNode): Promise<void> {
    const { clock } = this.deps;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const began = clock.monotonic();
      await this.round(node, began);
      const left = this.everySeconds * 1000 - (clock.monotonic() - began);
      await clock.sleep(Math.max(left, 100), signal).catch(() => undefined);
    }
  }

  /** One look at a node: every job that is due. */
  private async round(node: SiteNode, began: number): Promise<void> {
    const { signal } = this.stopping;
    const jobs = everyJob.filter(job => (this.standing.get(`${node.id} ${job}`)?.dueAt ?? 0) <= began);
    if (jobs.length === 0) return;
    try {
      await this.deps.nodes.withLink(node.id, signal, async link => {
        for await (const one of this.deps.scrape(link, node, { jobs, full: this.full, signal }))
          if ('text' in one) await this.keep(node, one, began);
          else await this.fail(node, one.job, one.failure, began);
      });
    } catch (thrown) {
      if (signal.aborted) return;
      // Also what nobody foresaw: it is told, and the recorder goes on with the next round.
      const failure = failureOf(thrown);
      const known = jobs.filter(job => this.standing.has(`${node.id} ${job}`));
      for (const job of known.length > 0 ? known : (['node'] as const))
        await this.fail(node, job, failure, began);
    }
    this.changed();
  }

  private dueAfter(job: MetricsJob, by: string | undefined, began: number): number {
    const slow = Math.max(
      seldomMs[job] ?? 0,
      by === 'kubectl' ? byKubectlMs : 0,
      this.full && job === 'k3s' ? fullMs : 0,
    );
    return slow === 0 ? 0 : began + slow;
  }

  /** `up`, and what Prometheus itself adds to a scrape, go into the same record. */
  private async keep(node: SiteNode, scraped: Scraped, began: number): Promise<void> {
    const { job } = scraped.target;
    // Before the text, whose last line may be torn.
    const own = `up 1\nscrape_duration_seconds ${scraped.tookMs / 1000}\n`;
    const text = Buffer.concat([Buffer.from(own), scraped.text]);
    const dueAt = this.dueAfter(job, scraped.by, began);
    const stood = {
      node: node.id,
      instance: node.name,
      job,
      everySeconds: this.every(job, scraped.by),
      dueAt,
    };
    try {
      const kept = await this.store(node, job, scraped.at, text);
      this.scrapes += 1;
      const note = noteOf(kept.faults, kept.jumpedBackMs);
      this.standing.set(`${node.id} ${job}`, {
        ...stood,
        by: scraped.by,
        lastAt: new Date(scraped.at).toISOString(),
        samples: kept.samples,
        ...(note === undefined ? {} : { note }),
      });
    } catch (thrown) {
      if (!(thrown instanceof FieldError)) throw thrown;
      this.standing.set(`${node.id} ${job}`, { ...stood, failure: thrown.failure });
    }
    this.changed();
  }

  private every(job: MetricsJob, by: string | undefined): number {
    return Math.max(this.everySeconds, this.dueAfter(job, by, 0) / 1000);
  }

  private store(node: SiteNode, job: MetricsJob, at: number, text: Uint8Array) {
    return this.deps.metrics.append(
      this.folder,
      {
        target: { job, instance: node.name },
        node: node.id,
        at,
        text,
        keep: this.full ? 'all' : 'list',
        doubtful: this.deps.clockDoubtful(),
      },
      new AbortController().signal,
    );
  }

  /** A target that was there and does not answer is `up 0`: a gap that says why. */
  private async fail(node: SiteNode, job: MetricsJob, failure: Failure, began: number): Promise<void> {
    const key = `${node.id} ${job}`;
    const known = this.standing.get(key);
    const at = this.deps.clock.now().getTime();
    if (known?.lastAt !== undefined)
      await this.store(node, job, at, Buffer.from('up 0\n')).catch(() => undefined);
    this.standing.set(key, {
      ...(known && without(known, 'note')),
      node: node.id,
      instance: node.name,
      job,
      everySeconds: this.every(job, known?.by),
      dueAt: this.dueAfter(job, known?.by, began),
      failure,
    });
    this.changed();
  }
}

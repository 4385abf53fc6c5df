import { call, feed } from './call.ts';
import type { Instant } from './domain.ts';
import type { Failure } from './failure.ts';
import { siteId } from './ids.ts';
import type { NodeId, SiteId } from './ids.ts';
import { filled, flag, nothing, oneOf, optional, shape, text, variants, whole } from './parse.ts';

/**
 * What a scrape is of. Each is one Prometheus job of the site's metrics; `k3s` holds all Kubernetes parts of a node, which
 * share one registry. `node` carries node_exporter's names, whoever measured them; `recorder` is what a node logged itself.
 */
export const metricsJobs = [
  'k3s',
  'cadvisor',
  'resource',
  'etcd',
  'node',
  'wear',
  'wan',
  'recorder',
] as const;
export type MetricsJob = (typeof metricsJobs)[number];

/** What is stored of one job on one node. */
export interface HeldTarget {
  readonly job: MetricsJob;
  /** The id of the node, and its name when it was scraped last. */
  readonly node: string;
  readonly instance: string;
  readonly scrapes: number;
  readonly samples: number;
  /** On this laptop's disk. */
  readonly bytes: number;
  readonly first: Instant;
  readonly last: Instant;
  /** UTC days with scrapes, `2026-11-23`. */
  readonly days: readonly string[];
  /** Scrapes that were taken while the laptop's clock could not be right. */
  readonly doubtful: number;
}

export interface MetricsHeld {
  readonly targets: readonly HeldTarget[];
  readonly bytes: number;
  /** Files that were found damaged and lie aside. */
  readonly lost: readonly string[];
}

/** A series squeezed into as many points as were asked for; null between two points that have a gap between them. */
export interface MetricsLine {
  /** As in the exposition format: `name{label="value"}`. */
  readonly name: string;
  readonly job: MetricsJob;
  readonly node: string;
  readonly instance: string;
  /** Milliseconds since 1970, ascending. */
  readonly times: readonly number[];
  /** The mean of each span, and the lowest and highest in it. */
  readonly values: readonly (number | null)[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
  /** How often its counter began again. */
  readonly resets: number;
}

export interface MetricsAnswer {
  readonly lines: readonly MetricsLine[];
  /** So many series more fit; they are left out. */
  readonly more: number;
  /** Some of it was scraped while the laptop's clock could not be right. */
  readonly doubtful: boolean;
  /** What is damaged and was left out. */
  readonly lost: readonly string[];
}

/** One chart of the site overview. */
export const overviewPanels = [
  'up',
  'api',
  'fsync',
  'commit',
  'db',
  'leader',
  'disk',
  'wear',
  'memory',
  'temperature',
  'wan',
  'snapshot',
  'certificates',
] as const;
export type OverviewPanelName = (typeof overviewPanels)[number];

export interface OverviewPanel extends MetricsAnswer {
  readonly panel: OverviewPanelName;
}

/** Something that happened while metrics were logged, to be seen in every chart. */
export interface MetricsMark {
  readonly at: number;
  readonly is: 'run' | 'reboot';
  readonly says: string;
}

/** What a rule makes of the newest metrics. */
export interface MetricsFinding {
  readonly rule: string;
  readonly grade: 'bad' | 'warn';
  readonly instance: string;
  readonly says: string;
  readonly next: string;
  /** The series and the number it was seen in. */
  readonly seen: string;
}

/** How worn a disk is, and when its life is used up at this pace. */
export interface DiskWear {
  readonly instance: string;
  readonly device: string;
  /** Part of its life used, 0 to 1 and beyond. */
  readonly used: number;
  /** Absent while it was watched too shortly, or told no wear in that time. `latest` is absent where it cannot be told. */
  readonly ends?: {
    readonly perDay: number;
    readonly at: Instant;
    readonly earliest: Instant;
    readonly latest?: Instant;
  };
}

export interface MetricsOverview {
  readonly panels: readonly OverviewPanel[];
  readonly wear: readonly DiskWear[];
  readonly marks: readonly MetricsMark[];
  readonly findings: readonly MetricsFinding[];
}

/** How the recorder stands with one job of one node. */
export interface RecorderTarget {
  readonly node: NodeId;
  readonly instance: string;
  readonly job: MetricsJob;
  readonly everySeconds: number;
  /** How the last scrape reached it. */
  readonly by?: string;
  readonly lastAt?: Instant;
  readonly samples?: number;
  /** Why there is none, or what was wrong with it. */
  readonly failure?: Failure;
  readonly note?: string;
}

export interface RecorderState {
  readonly site: SiteId;
  readonly recording: boolean;
  readonly everySeconds: number;
  readonly full: boolean;
  readonly scrapes: number;
  readonly targets: readonly RecorderTarget[];
}

/** What keeping every series takes: values of one round of all nodes, and bytes on this laptop's disk. */
export interface RecorderBudget {
  readonly samples: number;
  readonly bytesADay: number;
  readonly bytesFor35Days: number;
  readonly free: number;
}

/** Written so that Prometheus takes it: `promtool tsdb create-blocks-from openmetrics`. */
export interface MetricsExported {
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly samples: number }[];
  readonly samples: number;
  /** Of text, before it was compressed. */
  readonly bytes: number;
  readonly lost: readonly string[];
}

const moment = whole(0, 2 ** 50);

export const metricsCalls = {
  'metrics.list': call<MetricsHeld>()(shape({ site: siteId })),
  /** The metrics whose names or labels contain all words. */
  'metrics.search': call<
    readonly { readonly metric: string; readonly job: MetricsJob; readonly series: number }[]
  >()(shape({ site: siteId, words: text })),
  /** `series`: a selector as Prometheus has it. `quantile` takes the buckets of a histogram. Throws `bad-ask`. */
  'metrics.query': call<MetricsAnswer>()(
    shape({
      site: siteId,
      series: filled,
      as: variants({ value: nothing, rate: nothing, quantile: shape({ percent: whole(1, 100) }) }),
      job: optional(oneOf(...metricsJobs)),
      node: optional(filled),
      from: moment,
      to: moment,
      points: whole(1, 5000),
    }),
  ),
  'metrics.overview': call<MetricsOverview>()(
    shape({ site: siteId, from: moment, to: moment, points: whole(1, 2000) }),
  ),
  /** Into a file, or one a day into a folder, each with its compressed twin beside it. Progress in bytes of text. */
  'metrics.export': call<MetricsExported>()(
    shape({ site: siteId, out: filled, from: optional(moment), to: optional(moment) }),
  ),
  'recorder.start': call<RecorderState>()(
    shape({ site: siteId, everySeconds: optional(whole(1, 3600)), full: optional(flag) }),
  ),
  'recorder.stop': call<RecorderState>()(shape({ site: siteId })),
  /** What a full scrape would take on this laptop's disk, from one that is made for it. */
  'recorder.budget': call<RecorderBudget>()(shape({ site: siteId })),
} as const;

export const metricsFeeds = {
  'recorder.watch': feed<RecorderState>()(shape({ site: siteId })),
} as const;

import { createStore } from 'zustand/vanilla';
import type {
  MetricsAnswer,
  MetricsJob,
  MetricsOverview,
  RecorderBudget,
  RecorderState,
} from '../../../preload/contract/metrics.ts';
import type { NodeId, SiteId } from '../../../preload/contract/ids.ts';
import type { RecorderPulled, WanSeen } from '../../../preload/contract/wan.ts';
import type { Loadable } from '../../ui/loadable.ts';
import { unloaded } from '../../ui/loadable.ts';

export const spans = ['1h', '6h', '24h', '7d', '35d'] as const;
export type SpanName = (typeof spans)[number];
export const spanMs: Record<SpanName, number> = {
  '1h': 3_600_000,
  '6h': 21_600_000,
  '24h': 86_400_000,
  '7d': 604_800_000,
  '35d': 3_024_000_000,
};

/** What time the charts show: a span that ends now, or one that was drawn with the mouse. */
export type Range =
  | { readonly is: 'last'; readonly span: SpanName }
  | { readonly is: 'zoomed'; readonly from: number; readonly to: number; readonly before: SpanName };

/** A metric that was picked from the search. */
export interface Picked {
  readonly metric: string;
  readonly job: MetricsJob;
  readonly rate: boolean;
}

export interface MetricsState {
  readonly site?: SiteId;
  readonly recorder?: RecorderState;
  readonly overview: Loadable<MetricsOverview>;
  readonly budget: Loadable<RecorderBudget>;
  readonly range: Range;
  /** What the charts reach over, in milliseconds since 1970: the range when they were asked for last. */
  readonly shown: { readonly from: number; readonly to: number };
  readonly words: string;
  readonly found: Loadable<readonly { metric: string; job: MetricsJob; series: number }[]>;
  readonly picked?: Picked;
  readonly answer: Loadable<MetricsAnswer>;
  /** What came of the last pull of a node's own log. */
  readonly pulled?: (RecorderPulled & { readonly node: NodeId }) | undefined;
  readonly way: Loadable<{ readonly targets: string; readonly seen: readonly WanSeen[] }>;
}

export const freshMetrics: MetricsState = {
  overview: unloaded,
  budget: unloaded,
  range: { is: 'last', span: '24h' },
  shown: { from: 0, to: 0 },
  words: '',
  found: unloaded,
  answer: unloaded,
  way: unloaded,
};

export const metricsStore = () => createStore<MetricsState>(() => freshMetrics);

/** The moments a range stands for, in milliseconds since 1970. */
export const rangeAt = (range: Range, now: number): { readonly from: number; readonly to: number } =>
  range.is === 'last' ? { from: now - spanMs[range.span], to: now } : { from: range.from, to: range.to };

/** A counter is shown by how fast it grows; everything else as it is. */
export const isCounter = (metric: string): boolean => /_(?:total|count|sum)$/.test(metric);

import type { MetricsJob } from '../../../preload/contract/metrics.ts';
import type { ChartOf } from './chart.ts';

/** What is looked for in a site's metrics. */
export interface SeriesAsk {
  /** A selector. With `quantile` it names the buckets of a histogram. */
  readonly series: string;
  /** `quantile` from 0 to 1. */
  readonly as: ChartOf | { readonly quantile: number };
  readonly job?: MetricsJob | undefined;
  readonly node?: string | undefined;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly points: number;
}

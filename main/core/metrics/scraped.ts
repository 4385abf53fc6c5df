import type { MetricsJob } from '../../../preload/contract/metrics.ts';

/** One job on one node: the unit that is scraped, stored and exported. */
export interface MetricsTarget {
  readonly job: MetricsJob;
  /** The node's name in Coldstart; becomes the label `instance`. */
  readonly instance: string;
}

/** How a scrape reached its endpoint. `shell`: measured from `/proc` and `/sys`. */
export type ScrapedBy = 'tunnel' | 'kubectl' | 'curl' | 'wget' | 'shell';

/** What one scrape brought: text in Prometheus' exposition format, as it came. */
export interface Scraped {
  readonly target: MetricsTarget;
  /** Milliseconds since 1970, by the laptop's clock, when it was asked. */
  readonly at: number;
  readonly tookMs: number;
  readonly by: ScrapedBy;
  readonly text: Uint8Array;
}

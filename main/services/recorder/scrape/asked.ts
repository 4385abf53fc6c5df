import type { ScrapedBy } from '../../../core/metrics/scraped.ts';

/** What came, and by which way. */
export interface Asked {
  readonly by: ScrapedBy;
  readonly text: Uint8Array;
}

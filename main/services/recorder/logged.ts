import { join } from 'node:path';
import type { MetricsHeld } from '../../../preload/contract/metrics.ts';
import type { SiteId } from '../../../preload/contract/ids.ts';
import type { MetricsBox } from '../../ports.ts';

/** What was logged of a site, for an export. */
export interface LoggedMetrics {
  held(site: SiteId): Promise<MetricsHeld>;
  /** Writes a span of time (milliseconds since 1970, both ends included) as `<path>.gz`; gives that file's path. */
  pack(
    site: SiteId,
    span: { readonly from: number; readonly to: number },
    path: string,
    signal: AbortSignal,
  ): Promise<string>;
}

/** Where a site's metrics lie in a home. */
export const metricsFolder = (home: string, site: SiteId): string => join(home, 'metrics', site);

export const loggedMetrics = (
  metrics: MetricsBox,
  home: string,
  labelsOf: (site: SiteId) => Readonly<Record<string, string>>,
): LoggedMetrics => ({
  held: site => metrics.held(metricsFolder(home, site), new AbortController().signal),
  pack: async (site, { from, to }, path, signal) => {
    const ask = { from, to, out: { file: path }, write: 'packed', labels: labelsOf(site) } as const;
    await metrics.export(metricsFolder(home, site), ask, { signal });
    return `${path}.gz`;
  },
});

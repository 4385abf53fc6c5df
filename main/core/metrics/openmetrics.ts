import type { SeriesName } from './series-name.ts';
import { metricOf, namedIn, seriesName } from './series-name.ts';

/** The samples of one series, in the order of their times. */
export interface Samples {
  readonly name: SeriesName;
  /** Milliseconds since 1970. */
  readonly times: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** Labels put on every series of an export: which node, job, site and laptop it is from. */
export type ExportLabels = Readonly<Record<string, string>>;

/** A series with more labels; one of the same name that it has already stays as `exported_…`, as Prometheus does it. */
export function withLabels(series: SeriesName, more: ExportLabels): SeriesName {
  const own = Object.entries(more);
  const { name, labels } = namedIn(series) ?? { name: metricOf(series), labels: [] };
  const kept = labels.map(
    ([key, value]) => [Object.hasOwn(more, key) ? `exported_${key}` : key, value] as const,
  );
  return seriesName(name, [...kept, ...own]);
}

/** Seconds with milliseconds, as OpenMetrics has its times. */
export const secondsText = (ms: number): string =>
  ms % 1000 === 0 ? String(ms / 1000) : (ms / 1000).toFixed(3);

/** A number as OpenMetrics writes it; the shortest text that is read back as the same number. */
export const numberText = (value: number): string =>
  value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : Object.is(value, -0) ? '-0' : String(value);

export const exportEnd = '# EOF\n';

/**
 * Lines of one series. The type of every metric is left `unknown`: a type would have to be declared before, and a scraped
 * counter need not be named as OpenMetrics wants its counters named.
 * https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 */
export function seriesText({ name, times, values }: Samples, timeTexts: ReadonlyMap<number, string>): string {
  let text = '';
  for (let i = 0; i < times.length; i++) {
    const at = times[i] ?? 0;
    text += `${name} ${numberText(values[i] ?? 0)} ${timeTexts.get(at) ?? secondsText(at)}\n`;
  }
  return text;
}

import { exportEnd, secondsText, seriesText, withLabels } from '../../core/metrics/openmetrics.ts';
import type { ExportLabels } from '../../core/metrics/openmetrics.ts';
import { orderOf } from '../../core/metrics/series-name.ts';
import type { SeriesName } from '../../core/metrics/series-name.ts';
import { targetsIn } from './places.ts';
import { daysOf, stretches } from './read.ts';
import type { Reading, Stretch } from './read.ts';

/** The UTC days a site has metrics of. */
export const siteDays = (site: string): readonly string[] =>
  [...new Set(targetsIn(site).flatMap(daysOf))].toSorted((a, b) => Date.parse(a) - Date.parse(b));

export interface ExportPart {
  readonly text: string;
  readonly samples: number;
}

/** So much text is gathered before it is handed on. */
const partLength = 1 << 20;

/**
 * One span of a site's metrics as OpenMetrics text, series after series, each in the order of its times, ending with
 * `# EOF`. A metric's series stand together, whichever nodes they are from, as the format wants it.
 */
export function* exportText(
  site: string,
  span: { readonly from: number; readonly to: number },
  labels: ExportLabels,
  lost: Reading['lost'],
): Generator<ExportPart> {
  const reading: Reading = { ...span, ...(lost ? { lost } : {}) };
  // A node that was renamed has series of both names.
  const sources = targetsIn(site).flatMap(place => [
    ...Map.groupBy(stretches(place, reading), ({ target }) => target.instance).values(),
  ]);
  const times = timeTexts(sources.flat(), span);
  let [text, samples] = ['', 0];
  for (const each of inOrder(sources.filter(source => source.length > 0))) {
    const { name, at, values } = each;
    const kept = within(at, values, span);
    if (kept.times.length === 0) continue;
    text += seriesText(
      { name: withLabels(name, { job: each.job, instance: each.instance, ...labels }), ...kept },
      times,
    );
    samples += kept.times.length;
    if (text.length >= partLength) {
      yield { text, samples };
      [text, samples] = ['', 0];
    }
  }
  yield { text: text + exportEnd, samples };
}

function timeTexts(
  stretchesOfAll: readonly Stretch[],
  { from, to }: { readonly from: number; readonly to: number },
): ReadonlyMap<number, string> {
  const texts = new Map<number, string>();
  for (const { times } of stretchesOfAll)
    for (const time of times)
      if (time >= from && time <= to && !texts.has(time)) texts.set(time, secondsText(time));
  return texts;
}

function within(
  at: ArrayLike<number>,
  values: ArrayLike<number>,
  { from, to }: { readonly from: number; readonly to: number },
): { readonly times: number[]; readonly values: number[] } {
  const kept = { times: [] as number[], values: [] as number[] };
  let before = -Infinity;
  for (let i = 0; i < at.length; i++) {
    const time = at[i] ?? 0;
    // A scrape that stands in two stretches is written once.
    if (time < from || time > to || time <= before) continue;
    before = time;
    kept.times.push(time);
    kept.values.push(values[i] ?? 0);
  }
  return kept;
}

interface Source {
  readonly job: string;
  readonly instance: string;
  readonly name: SeriesName;
  /** Milliseconds since 1970. */
  readonly at: readonly number[];
  readonly values: readonly number[];
}

/** Joins the stretches of each target, series by series, and all targets by the names of their series. */
function* inOrder(sources: readonly (readonly Stretch[])[]): Generator<Source> {
  const open = sources.map(joined).map(series => ({ series, next: series.next() }));
  for (;;) {
    let first: (typeof open)[number] | undefined;
    for (const one of open)
      if (
        !one.next.done &&
        (!first || first.next.done || orderOf(one.next.value.name) < orderOf(first.next.value.name))
      )
        first = one;
    if (!first || first.next.done) return;
    yield first.next.value;
    first.next = first.series.next();
  }
}

/** One target's series in the order of their names; each with the samples of all its stretches. */
function* joined(parts: readonly Stretch[]): Generator<Source> {
  const { job, instance } = parts[0]?.target ?? { job: '', instance: '' };
  const open = parts.map(stretch => {
    const series = stretch.series()[Symbol.iterator]();
    return { stretch, series, next: series.next() };
  });
  for (;;) {
    let name: SeriesName | undefined;
    for (const { next } of open)
      if (!next.done && (name === undefined || orderOf(next.value.name) < orderOf(name)))
        ({ name } = next.value);
    if (name === undefined) return;
    const source = { at: [] as number[], values: [] as number[] };
    for (const one of open) {
      if (one.next.done || one.next.value.name !== name) continue;
      for (const i of one.next.value.at) source.at.push(one.stretch.times[i] ?? 0);
      for (const value of one.next.value.values) source.values.push(value);
      one.next = one.series.next();
    }
    yield { job, instance, name, ...source };
  }
}

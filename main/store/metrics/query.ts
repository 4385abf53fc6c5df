import type { SeriesAsk } from '../../core/metrics/ask.ts';
import { ChartSpans } from '../../core/metrics/chart.ts';
import type { ChartOf } from '../../core/metrics/chart.ts';
import { HistogramSpans } from '../../core/metrics/quantile.ts';
import type { MetricsAnswer, MetricsJob, MetricsLine } from '../../../preload/contract/metrics.ts';
import { selectorIn } from '../../core/metrics/selector.ts';
import { metricOf, namedIn } from '../../core/metrics/series-name.ts';
import type { SeriesName } from '../../core/metrics/series-name.ts';
import type { GroupSeries } from '../../core/metrics/block.ts';
import { targetsIn } from './places.ts';
import type { TargetPlace } from './places.ts';
import { stretches } from './read.ts';
import type { Reading, Stretch } from './read.ts';

const mostLines = 64;

/** A rate needs the scrape before the first one. */
const beforeMs = 600_000;

/**
 * Reads series out of the store and squeezes them into lines of a chart; each answer stands where its question does. What
 * lies there is looked up once for all questions. Throws `bad-ask`.
 */
export function querySeries(site: string, asks: readonly SeriesAsk[]): readonly MetricsAnswer[] {
  let lost: string[] = [];
  const reading: Reading = {
    from: Math.min(...asks.map(ask => ask.from)) - beforeMs,
    to: Math.max(...asks.map(ask => ask.to)),
    lost: (path, why) => lost.push(`${path}: ${why}`),
  };
  const sources = targetsIn(site).map((place): Source => ({ place, all: [...stretches(place, reading)] }));
  const whole = lost;
  return asks.map(ask => {
    lost = [];
    const answers = sources
      .filter(
        ({ place }) =>
          (ask.job === undefined || place.job === ask.job) &&
          (ask.node === undefined || place.node === ask.node),
      )
      .map(source =>
        typeof ask.as === 'object' ? quantileLine(source, ask, ask.as.quantile) : lines(source, ask, ask.as),
      );
    return {
      lines: answers.flatMap(answer => answer.lines),
      more: answers.reduce((sum, answer) => sum + answer.more, 0),
      doubtful: answers.some(answer => answer.doubtful),
      lost: [...whole, ...lost],
    };
  });
}

interface Source {
  readonly place: TargetPlace;
  readonly all: readonly Stretch[];
}

const within = ({ all }: Source, { from, to }: SeriesAsk): readonly Stretch[] =>
  all.filter(({ times }) => (times.at(-1) ?? 0) >= from - beforeMs && (times[0] ?? 0) <= to);

type PlaceAnswer = Pick<MetricsAnswer, 'lines' | 'more' | 'doubtful'>;

/** A block gives the groups that hold the metric; the selector picks among them. */
function* picked(stretch: Stretch, ask: SeriesAsk): Generator<GroupSeries> {
  const selector = selectorIn(ask.series);
  for (const column of stretch.series(selector.metric)) if (selector.matches(column.name)) yield column;
}

function lines(source: Source, ask: SeriesAsk, of: ChartOf): PlaceAnswer {
  const spans = new Map<SeriesName, ChartSpans>();
  const left = new Set<SeriesName>();
  let [instance, doubtful] = ['', false];
  for (const stretch of within(source, ask)) {
    ({ instance } = stretch.target);
    for (const { name, at, values } of picked(stretch, ask)) {
      let span = spans.get(name);
      if (!span && spans.size >= mostLines) {
        left.add(name);
        continue;
      }
      if (!span) spans.set(name, (span = new ChartSpans(ask.from, ask.to, ask.points, of)));
      doubtful ||= stretch.doubtful;
      for (let k = 0; k < at.length; k++) {
        const time = stretch.times[at[k] ?? 0] ?? 0;
        if (time <= ask.to) span.take(time, values[k] ?? 0);
      }
    }
  }
  const found = [...spans].map(([name, span]): MetricsLine => {
    const { job, node } = source.place;
    return { name, job, node, instance, resets: span.resets, ...span.line() };
  });
  return { lines: found.filter(line => line.times.length > 0), more: left.size, doubtful };
}

function quantileLine(source: Source, ask: SeriesAsk, quantile: number): PlaceAnswer {
  const spans = new HistogramSpans(ask.from, ask.to, ask.points);
  /** The last sample of each bucket, so that growth is counted across blocks too. */
  const before = new Map<SeriesName, readonly [time: number, value: number]>();
  let [instance, doubtful, found] = ['', false, false];
  for (const stretch of within(source, ask)) {
    ({ instance } = stretch.target);
    for (const { name, at, values } of picked(stretch, ask)) {
      const bound = boundOf(name);
      if (bound === undefined) continue;
      found = true;
      doubtful ||= stretch.doubtful;
      // The last sample of the stretch before comes first, so that growth is counted across the two.
      const known = before.get(name);
      const times = new Float64Array(at.length + 1);
      const grown = new Float64Array(at.length + 1);
      times[0] = known?.[0] ?? stretch.times[at[0] ?? 0] ?? 0;
      grown[0] = known?.[1] ?? values[0] ?? 0;
      for (let k = 0; k < at.length; k++) times[k + 1] = stretch.times[at[k] ?? 0] ?? 0;
      grown.set(values, 1);
      spans.take(bound, times, grown);
      before.set(name, [times.at(-1) ?? 0, values.at(-1) ?? 0]);
    }
  }
  if (!found) return { lines: [], more: 0, doubtful: false };
  const { job, node } = source.place;
  const name = metricOf(ask.series).replace(/_bucket$/, '');
  return { lines: [{ name, job, node, instance, resets: 0, ...spans.line(quantile) }], more: 0, doubtful };
}

function boundOf(series: SeriesName): number | undefined {
  const le = namedIn(series)?.labels.find(([label]) => label === 'le')?.[1];
  if (le === undefined) return undefined;
  return le === '+Inf' ? Infinity : Number(le);
}

export interface FoundMetric {
  readonly metric: string;
  readonly job: MetricsJob;
  readonly series: number;
}

/** The names of the metrics that contain all these words, and how many series each has in its newest stretch. */
export function searchMetrics(site: string, words: readonly string[], most: number): readonly FoundMetric[] {
  const counts = new Map<string, { metric: string; job: MetricsJob; series: number }>();
  for (const place of targetsIn(site)) {
    const newest = [...stretches(place)].at(-1);
    if (!newest) continue;
    for (const { name } of newest.series(series => words.every(word => series.includes(word)))) {
      const metric = metricOf(name);
      const key = `${place.job} ${metric}`;
      const known = counts.get(key) ?? { metric, job: place.job, series: 0 };
      known.series += 1;
      counts.set(key, known);
    }
  }
  return [...counts.values()].toSorted((a, b) => (a.metric < b.metric ? -1 : 1)).slice(0, most);
}

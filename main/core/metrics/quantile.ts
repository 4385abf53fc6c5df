import type { ChartLine } from './chart.ts';

/** How the counters of one histogram's buckets grew in each span of a chart. */
export class HistogramSpans {
  private readonly from: number;
  private readonly span: number;
  private readonly room: number;
  /** Upper bound of a bucket to its growth, summed over the series that share the bound. */
  private readonly buckets = new Map<number, Float64Array>();
  private readonly last: Float64Array;
  private step = Infinity;

  constructor(from: number, to: number, points: number) {
    this.from = from;
    this.span = Math.max(1, (to - from) / points);
    this.room = points + 1;
    this.last = new Float64Array(this.room);
  }

  /** Takes one bucket's counter over time; what it fell at a reset counts from nothing again. */
  take(bound: number, times: ArrayLike<number>, values: ArrayLike<number>): void {
    let grown = this.buckets.get(bound);
    if (!grown) this.buckets.set(bound, (grown = new Float64Array(this.room)));
    for (let k = 1; k < times.length; k++) {
      const [before, at] = [times[k - 1] ?? 0, times[k] ?? 0];
      if (at <= before) continue;
      this.step = Math.min(this.step, at - before);
      const i = Math.floor((at - this.from) / this.span);
      if (i < 0 || i >= this.room) continue;
      const [was, value] = [values[k - 1] ?? 0, values[k] ?? 0];
      grown[i] = (grown[i] ?? 0) + (value < was ? value : value - was);
      if (at > (this.last[i] ?? 0)) this.last[i] = at;
    }
  }

  /** The quantile of each span in which anything was counted; a histogram without `+Inf` ends with its last bound. */
  line(quantile: number): ChartLine {
    const line: ChartLine = { times: [], values: [], low: [], high: [] };
    const bounds = [...this.buckets.keys()].toSorted((a, b) => a - b);
    const gap = Math.max(this.step * 2.5, 2 * this.span);
    for (let i = 0; i < this.room; i++) {
      const at = this.last[i] ?? 0;
      if (at === 0) continue;
      const before = line.times.at(-1);
      if (before !== undefined && at - before > gap) {
        line.times.push((before + at) / 2);
        for (const side of [line.values, line.low, line.high]) side.push(null);
      }
      const counts = bounds.map(bound => this.buckets.get(bound)?.[i] ?? 0);
      const value = quantileOf(quantile, bounds, counts);
      line.times.push(at);
      for (const side of [line.values, line.low, line.high]) side.push(value ?? null);
    }
    return line;
  }
}

/**
 * The quantile of a histogram whose buckets count everything up to their bound, as Prometheus' `histogram_quantile`
 * reckons it: evenly spread within a bucket, the last finite bound when it falls beyond. Nothing when nothing was counted.
 */
export function quantileOf(
  quantile: number,
  bounds: readonly number[],
  counts: readonly number[],
): number | undefined {
  // A bucket that counts less than a smaller one was scraped between two of its writes.
  let most = 0;
  const risen = counts.map(count => (most = Math.max(most, count)));
  if (most <= 0) return undefined;
  const rank = quantile * most;
  const i = risen.findIndex(count => count >= rank);
  const upper = bounds[i] ?? Infinity;
  const lower = i === 0 ? Math.min(0, upper) : (bounds[i - 1] ?? 0);
  if (upper === Infinity) return i === 0 ? undefined : lower;
  const below = i === 0 ? 0 : (risen[i - 1] ?? 0);
  const within = (risen[i] ?? 0) - below;
  return within === 0 ? upper : lower + (upper - lower) * ((rank - below) / within);
}

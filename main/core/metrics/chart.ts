/**
 * A series squeezed into as many points as a chart has room for. Every point keeps the lowest and the highest value of its
 * span, so that a spike of one scrape is seen in a month's chart.
 */
export interface ChartLine {
  /** Milliseconds since 1970, ascending: the last scrape of each span. */
  readonly times: number[];
  /** The mean of each span; null between two points that are farther apart than scrapes are. */
  readonly values: (number | null)[];
  readonly low: (number | null)[];
  readonly high: (number | null)[];
}

/**
 * What is drawn of a series: its values; how much it grows each second (counters, whose resets are no fall); or, where the
 * value is a moment in seconds since 1970, how long ago it was (`age`) or how long it is until then (`left`), in seconds.
 */
export type ChartOf = 'value' | 'rate' | 'age' | 'left';

/** Scrapes farther apart than this many of their usual distances have a gap between them. */
const gapAfter = 2.5;
const enoughSteps = 101;

/** Takes the samples of one series in the order of their times, and makes a line of them. */
export class ChartSpans {
  private readonly from: number;
  private readonly span: number;
  private readonly of: ChartOf;
  private readonly count: Uint32Array;
  private readonly sum: Float64Array;
  private readonly low: Float64Array;
  private readonly high: Float64Array;
  private readonly last: Float64Array;
  private before: { readonly at: number; readonly value: number } | undefined;
  /** The usual distance of two scrapes: the median of the first ones. */
  private readonly steps: number[] = [];
  private usual: number | undefined;
  private lastAt = -Infinity;
  /** How often a counter began again. */
  resets = 0;

  constructor(from: number, to: number, points: number, of: ChartOf = 'value') {
    this.from = from;
    this.span = Math.max(1, (to - from) / points);
    this.of = of;
    const room = points + 1;
    this.count = new Uint32Array(room);
    this.sum = new Float64Array(room);
    this.low = new Float64Array(room).fill(Infinity);
    this.high = new Float64Array(room).fill(-Infinity);
    this.last = new Float64Array(room);
  }

  /** A sample that is not later than the one before it is one that was read twice. */
  take(at: number, value: number): void {
    if (at <= this.lastAt) return;
    if (this.steps.length < enoughSteps && this.lastAt !== -Infinity) this.steps.push(at - this.lastAt);
    this.lastAt = at;
    if (this.of !== 'rate')
      return this.put(
        at,
        this.of === 'value' ? value : this.of === 'age' ? at / 1000 - value : value - at / 1000,
      );
    const { before } = this;
    this.before = { at, value };
    if (!before) return;
    const reset = value < before.value;
    if (reset) this.resets += 1;
    // A rate across a gap would be a line through hours nobody saw.
    if (at - before.at > gapAfter * this.step()) return;
    this.put(at, (reset ? value : value - before.value) / ((at - before.at) / 1000));
  }

  private put(at: number, value: number): void {
    const i = Math.floor((at - this.from) / this.span);
    if (i < 0 || i >= this.count.length || Number.isNaN(value)) return;
    this.count[i] = (this.count[i] ?? 0) + 1;
    this.sum[i] = (this.sum[i] ?? 0) + value;
    if (value < (this.low[i] ?? 0)) this.low[i] = value;
    if (value > (this.high[i] ?? 0)) this.high[i] = value;
    this.last[i] = at;
  }

  private step(): number {
    if (this.usual !== undefined) return this.usual;
    const sorted = this.steps.toSorted((a, b) => a - b);
    const step = sorted[sorted.length >> 1] ?? Infinity;
    if (this.steps.length >= enoughSteps) this.usual = step;
    return step;
  }

  line(): ChartLine {
    const line: ChartLine = { times: [], values: [], low: [], high: [] };
    const gap = Math.max(gapAfter * this.step(), 2 * this.span);
    for (const [i, count] of this.count.entries()) {
      if (count === 0) continue;
      const at = this.last[i] ?? 0;
      const before = line.times.at(-1);
      if (before !== undefined && at - before > gap) push(line, (before + at) / 2, null, null, null);
      push(line, at, (this.sum[i] ?? 0) / count, this.low[i] ?? null, this.high[i] ?? null);
    }
    return line;
  }
}

function push(
  line: ChartLine,
  at: number,
  value: number | null,
  low: number | null,
  high: number | null,
): void {
  line.times.push(at);
  line.values.push(value);
  line.low.push(low);
  line.high.push(high);
}

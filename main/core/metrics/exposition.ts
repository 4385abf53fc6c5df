import type { Labels, SeriesName } from './series-name.ts';
import { namedIn, seriesName } from './series-name.ts';

/** The samples of one scrape: for each present series its number in the reader's table, and its value. */
export interface Samples {
  readonly ids: Uint32Array;
  readonly values: Float64Array;
}

/** What was wrong with a text; what was right was kept. */
export interface ExpositionFaults {
  /** Lines that are neither sample nor comment, or whose value is no number; the first of them, shortened. */
  readonly malformed: number;
  readonly example?: string;
  /** Series that came more than once; their first value counts. */
  readonly duplicate: number;
  /** Samples that carry a time of their own which lies in the future. Times in the text are not used. */
  readonly future: number;
  /** The text did not end with a line end: its last line was left, for it may be torn. */
  readonly torn: boolean;
}

export interface Exposition extends Samples {
  readonly faults: ExpositionFaults;
}

/** Which series are kept; asked once for each. */
export type Keeps = (name: string, labels: Labels) => boolean;

const dropped = -1;
const unknown = -2;
const exampleLength = 120;
/** A sample's own time may be so far ahead of the laptop's clock before it is told. */
const aheadMs = 60_000;

const words = new Map([
  ['+Inf', Infinity],
  ['Inf', Infinity],
  ['-Inf', -Infinity],
  ['NaN', NaN],
  ['+inf', Infinity],
  ['inf', Infinity],
  ['-inf', -Infinity],
  ['nan', NaN],
]);

/** Go prints 1e+06 and 0x is no number of this format. */
const looksNumeric = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;
function numberIn(text: string): number | undefined {
  const value = Number(text);
  if (value === value && text !== '' && (text.length < 3 || text.codePointAt(1) !== 120)) return value;
  return words.get(text) ?? (looksNumeric.test(text) ? value : undefined);
}

/**
 * Reads one target's scrapes in Prometheus' text format, one after the other
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). A series keeps its number for as long as the reader
 * lives. Lines mostly come in the same order each time: the one that came at this place before is tried first.
 */
export class ExpositionReader {
  /** The series by their numbers. */
  readonly names: SeriesName[] = [];
  private readonly keeps: Keeps;
  /** What stands before a value, as it came, to its number. */
  private readonly heads = new Map<string, number>();
  private readonly bySeries = new Map<SeriesName, number>();
  private guesses: string[] = [];
  private guessed: number[] = [];
  /** The scrape in which each series was seen last. */
  private seen: Uint32Array = new Uint32Array(256);
  private scrape = 0;

  constructor(keeps: Keeps = () => true) {
    this.keeps = keeps;
  }

  /** `now`: milliseconds since 1970, against which the text's own times are held. */
  read(text: string, now: number): Exposition {
    this.scrape += 1;
    const ids: number[] = [];
    const values: number[] = [];
    let [malformed, duplicate, future, place] = [0, 0, 0, 0];
    let example: string | undefined;
    const end = text.lastIndexOf('\n') + 1;
    const wrong = (from: number, to: number): void => {
      malformed += 1;
      example ??= text.slice(from, Math.min(to, from + exampleLength));
    };
    for (let from = 0; from < end;) {
      const to = text.indexOf('\n', from);
      const start = from;
      from = to + 1;
      const first = text.codePointAt(start);
      if (first === 35 || to === start) continue;
      const guess = this.guesses[place];
      let id = unknown;
      let valueAt = start;
      if (guess !== undefined && text.startsWith(guess, start)) {
        id = this.guessed[place] ?? unknown;
        valueAt += guess.length;
      } else {
        valueAt = valueStart(text, start, to);
        if (valueAt < 0) {
          if (text.slice(start, to).trim() !== '') wrong(start, to);
          continue;
        }
        const head = text.slice(start, valueAt);
        id = this.heads.get(head) ?? this.learn(head);
        if (id === unknown) {
          wrong(start, to);
          continue;
        }
        this.guesses[place] = head;
        this.guessed[place] = id;
      }
      place += 1;
      if (id === dropped) continue;
      const space = text.indexOf(' ', valueAt);
      const valueEnd = space >= 0 && space < to ? space : to;
      const value = numberIn(text.slice(valueAt, valueEnd).trimEnd());
      if (value === undefined) {
        wrong(start, to);
        continue;
      }
      if (valueEnd < to && Number(text.slice(valueEnd + 1, to)) > now + aheadMs) future += 1;
      if (this.seen[id] === this.scrape) {
        duplicate += 1;
        continue;
      }
      this.mark(id);
      ids.push(id);
      values.push(value);
    }
    const torn = end < text.length;
    return {
      ids: Uint32Array.from(ids),
      values: Float64Array.from(values),
      faults: { malformed, ...(example === undefined ? {} : { example }), duplicate, future, torn },
    };
  }

  private mark(id: number): void {
    if (id >= this.seen.length) {
      const wider = new Uint32Array(Math.max(this.seen.length * 2, id + 1));
      wider.set(this.seen);
      this.seen = wider;
    }
    this.seen[id] = this.scrape;
  }

  /** Gives a head its number; two ways of writing one series have the same. */
  private learn(head: string): number {
    const named = namedIn(head.trimEnd());
    if (!named) return unknown;
    // A slice would keep the whole scrape alive for as long as its piece is known.
    const own = Buffer.from(head).toString();
    let id = dropped;
    if (this.keeps(named.name, named.labels)) {
      const series = seriesName(named.name, named.labels);
      id = this.bySeries.get(series) ?? this.names.push(series) - 1;
      this.bySeries.set(series, id);
    }
    this.heads.set(own, id);
    return id;
  }
}

/** Where the value of a sample begins; -1 when there is none. */
function valueStart(text: string, start: number, to: number): number {
  let at = start;
  const brace = text.indexOf('{', start);
  if (brace >= 0 && brace < to) {
    let quoted = false;
    for (at = brace; at < to; at++) {
      const c = text.charCodeAt(at); // oxlint-disable-line unicorn/prefer-code-point -- hot, and only ASCII counts
      if (c === 92) at++;
      else if (c === 34) quoted = !quoted;
      else if (c === 125 && !quoted) break;
    }
    if (at >= to) return -1;
    at += 1;
  } else {
    at = text.indexOf(' ', start);
    if (at < 0 || at >= to) return -1;
  }
  while (at < to && (text[at] === ' ' || text[at] === '\t')) at++;
  return at < to ? at : -1;
}

import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import {
  blockPrefixBytes,
  groupsFor,
  headBytes,
  readBlockHead,
  readGroup,
} from '../../core/metrics/block.ts';
import type { BlockGroup, BlockHead, GroupSeries, Scrape } from '../../core/metrics/block.ts';
import { readHeadLog } from '../../core/metrics/head-log.ts';
import { dayOf } from '../../core/metrics/days.ts';
import type { MetricsTarget } from '../../core/metrics/scraped.ts';
import { orderOf } from '../../core/metrics/series-name.ts';
import type { SeriesName } from '../../core/metrics/series-name.ts';
import { blocksOf, daysIn, headPath, setAside } from './places.ts';
import type { BlockFile, TargetPlace } from './places.ts';

/** Some scrapes of one target: those of a block, or the newest ones. */
export interface Stretch {
  readonly target: MetricsTarget;
  readonly times: Float64Array;
  readonly doubtful: boolean;
  readonly samples: number;
  /** The series of a metric, or one series, or with no name all. What is damaged is left out and told to `lost`. */
  series(wanted?: SeriesName | ((name: SeriesName) => boolean)): Iterable<GroupSeries>;
}

export interface Reading {
  /** From and to, milliseconds since 1970, both included. */
  readonly from?: number;
  readonly to?: number;
  /** Told of each file that is damaged, and where it lies now. */
  readonly lost?: (path: string, why: string) => void;
}

const dayMs = 86_400_000;

/** What a target has stored, oldest first; scrapes that are in two stretches have the same times in both. */
export function* stretches(place: TargetPlace, reading: Reading = {}): Generator<Stretch> {
  const { from = -Infinity, to = Infinity } = reading;
  // The newest scrapes are read first: a block made of them meanwhile is then seen twice, and never not at all.
  const newest = headOf(place.folder);
  for (const day of daysIn(place.folder)) {
    const begins = Date.parse(day);
    if (begins > to || begins + dayMs <= from) continue;
    for (const block of blocksOf(place.folder, day)) {
      if (block.first > to) continue;
      const stretch = blockStretch(block, reading);
      if (stretch && (stretch.times.at(-1) ?? 0) >= from) yield stretch;
    }
  }
  if (newest && newest.times.length > 0 && (newest.times.at(-1) ?? 0) >= from && (newest.times[0] ?? 0) <= to)
    yield newest;
}

/** Days on which a target has scrapes. */
export function daysOf(place: TargetPlace): readonly string[] {
  const newest = headOf(place.folder);
  return [...new Set([...daysIn(place.folder), ...[...(newest?.times ?? [])].map(dayOf)])];
}

function headOf(folder: string): Stretch | undefined {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(headPath(folder));
  } catch {
    return undefined;
  }
  const { target, names, scrapes, doubtful } = readHeadLog(bytes);
  if (!target) return undefined;
  let columns: readonly GroupSeries[] | undefined;
  return {
    target,
    doubtful,
    times: Float64Array.from(scrapes, ({ at }) => at),
    samples: scrapes.reduce((sum, { ids }) => sum + ids.length, 0),
    series: wanted => {
      const matches = matcher(wanted);
      columns ??= columnsOf(names, scrapes);
      return columns.filter(({ name }) => matches(name));
    },
  };
}

const matcher = (
  wanted: SeriesName | ((name: SeriesName) => boolean) | undefined,
): ((name: SeriesName) => boolean) => {
  if (typeof wanted === 'function') return wanted;
  if (wanted === undefined) return () => true;
  const before = `${wanted}{`;
  return name => name === wanted || name.startsWith(before);
};

/** Turns the newest scrapes by series, in the order blocks have them. */
function columnsOf(names: readonly SeriesName[], scrapes: readonly Scrape[]): readonly GroupSeries[] {
  const columns = new Map<number, { at: number[]; values: number[] }>();
  for (const [i, { ids, values }] of scrapes.entries())
    for (const [k, id] of ids.entries()) {
      let column = columns.get(id);
      if (!column) columns.set(id, (column = { at: [], values: [] }));
      column.at.push(i);
      column.values.push(values[k] ?? 0);
    }
  const keys = names.map(orderOf);
  return [...columns]
    .toSorted(([a], [b]) => ((keys[a] ?? '') < (keys[b] ?? '') ? -1 : 1))
    .map(([id, { at, values }]) => ({
      name: names[id] ?? '',
      at: Uint32Array.from(at),
      values: Float64Array.from(values),
    }));
}

function read(file: number, at: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const got = readSync(file, bytes, 0, length, at);
  return bytes.subarray(0, got);
}

function opened<T>(path: string, work: (file: number) => T): T {
  const file = openSync(path, 'r');
  try {
    return work(file);
  } finally {
    closeSync(file);
  }
}

function blockStretch({ path }: BlockFile, { lost }: Reading): Stretch | undefined {
  let head: BlockHead;
  try {
    head = opened(path, file => {
      const prefix = read(file, 0, blockPrefixBytes);
      return readBlockHead(read(file, 0, blockPrefixBytes + headBytes(prefix)));
    });
  } catch (thrown) {
    // Dropped for its age between the listing and now.
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    lost?.(setAside(path), thrown instanceof Error ? thrown.message : String(thrown));
    return undefined;
  }
  const { target, times, doubtful, samples } = head;
  return {
    target,
    times,
    doubtful,
    samples,
    series: wanted => groupSeries(path, head, wanted, lost),
  };
}

function* groupSeries(
  path: string,
  head: BlockHead,
  wanted: SeriesName | ((name: SeriesName) => boolean) | undefined,
  lost: Reading['lost'],
): Generator<GroupSeries> {
  const groups: readonly BlockGroup[] = typeof wanted === 'string' ? groupsFor(head, wanted) : head.groups;
  const matches = matcher(wanted);
  for (const group of groups) {
    let series: readonly GroupSeries[] = [];
    try {
      const bytes = opened(path, file => read(file, group.at, group.names + group.values));
      series = readGroup(head, group, bytes, matches);
    } catch (thrown) {
      lost?.(path, `${thrown instanceof Error ? thrown.message : String(thrown)} (from ${group.first})`);
    }
    yield* series;
  }
}

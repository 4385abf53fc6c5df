import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { ByteReader, ByteWriter, Damaged } from './bytes.ts';
import type { Column } from './column.ts';
import { readColumn, writeColumn } from './column.ts';
import type { MetricsTarget } from './scraped.ts';
import { orderOf } from './series-name.ts';
import type { SeriesName } from './series-name.ts';

/**
 * A block: the scrapes of one target over some hours, by series instead of by time.
 *
 * `CSMBLK01`, the head's length and its CRC-32 (4 bytes each, little-endian), the head (raw DEFLATE of JSON), and groups
 * of series: of each group first the names, joined by line ends, then the columns' lengths and the columns, both raw DEFLATE. The series are sorted
 * by metric, and the head says with which name a group begins, so that one series is read without the others. Each group
 * has a CRC-32: what is damaged there costs that group alone.
 */
const magic = Buffer.from('CSMBLK01');
export const blockPrefixBytes = 16;
const seriesInGroup = 128;

export interface BlockGroup {
  readonly first: SeriesName;
  readonly count: number;
  /** Where it lies in the block. */
  readonly at: number;
  readonly names: number;
  readonly values: number;
  readonly crc: number;
}

export interface BlockHead {
  readonly target: MetricsTarget;
  /** Milliseconds since 1970, ascending. */
  readonly times: Float64Array;
  /** The laptop's clock could not be right while these were taken. */
  readonly doubtful: boolean;
  readonly samples: number;
  readonly groups: readonly BlockGroup[];
}

/** One scrape, its series by their numbers in a table. */
export interface Scrape {
  readonly at: number;
  readonly ids: Uint32Array;
  readonly values: Float64Array;
}

interface HeadJson {
  readonly target: MetricsTarget;
  /** The first time, then the steps. */
  readonly times: readonly number[];
  readonly doubtful: boolean;
  readonly samples: number;
  readonly groups: readonly (readonly [
    SeriesName,
    count: number,
    names: number,
    values: number,
    crc: number,
  ])[];
}

/** Makes a block of scrapes, whose times ascend. */
export function writeBlock(
  target: MetricsTarget,
  names: readonly SeriesName[],
  scrapes: readonly Scrape[],
  doubtful = false,
): Uint8Array {
  const columns = turned(names.length, scrapes);
  const keys = names.map(orderOf);
  const order = [...columns.keys()]
    .filter(id => columns[id] !== undefined)
    .toSorted((a, b) => ((keys[a] ?? '') < (keys[b] ?? '') ? -1 : 1));
  const parts: Uint8Array[] = [];
  const groups: HeadJson['groups'][number][] = [];
  for (let from = 0; from < order.length; from += seriesInGroup) {
    const ids = order.slice(from, from + seriesInGroup);
    const heads = deflateRawSync(ids.map(id => names[id] ?? '').join('\n'));
    const values = deflateRawSync(columnsText(ids.map(id => columns[id])));
    parts.push(heads, values);
    groups.push([
      names[ids[0] ?? 0] ?? '',
      ids.length,
      heads.length,
      values.length,
      crc32(values, crc32(heads)),
    ]);
  }
  const json: HeadJson = {
    target,
    times: scrapes.map(({ at }, i) => at - (scrapes[i - 1]?.at ?? 0)),
    doubtful,
    samples: scrapes.reduce((sum, { ids }) => sum + ids.length, 0),
    groups,
  };
  const head = deflateRawSync(JSON.stringify(json));
  const sizes = Buffer.alloc(8);
  sizes.writeUInt32LE(head.length, 0);
  sizes.writeUInt32LE(crc32(head), 4);
  return Buffer.concat([magic, sizes, head, ...parts]);
}

interface Turned {
  readonly values: Float64Array;
  readonly present: Uint8Array;
}

/** The columns of a group, and before them how long each is. */
function columnsText(columns: readonly (Turned | undefined)[]): Uint8Array {
  const lengths = new ByteWriter(columns.length * 2);
  const out = new ByteWriter(columns.length * 64);
  for (const column of columns) {
    const before = out.length;
    if (column) writeColumn(out, column.values, column.present);
    lengths.varint(out.length - before);
  }
  return Buffer.concat([lengths.done(), out.done()]);
}

/** Turns scrapes into columns, by the series' numbers. */
function turned(series: number, scrapes: readonly Scrape[]): (Turned | undefined)[] {
  const columns = Array.from<Turned | undefined>({ length: series });
  for (const [i, { ids, values }] of scrapes.entries())
    for (const [k, id] of ids.entries()) {
      const column = (columns[id] ??= {
        values: new Float64Array(scrapes.length),
        present: new Uint8Array(scrapes.length),
      });
      column.values[i] = values[k] ?? 0;
      column.present[i] = 1;
    }
  return columns;
}

/** How many bytes the head has behind the prefix. Throws `Damaged` when this is no block. */
export function headBytes(prefix: Uint8Array): number {
  const bytes = Buffer.from(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  if (bytes.length < blockPrefixBytes || !bytes.subarray(0, 8).equals(magic))
    throw new Damaged('it does not begin as a block does');
  return bytes.readUInt32LE(8);
}

/** Reads the head of a block from its first bytes: the prefix and what `headBytes` says. Throws `Damaged`. */
export function readBlockHead(bytes: Uint8Array): BlockHead {
  const length = headBytes(bytes);
  const head = bytes.subarray(blockPrefixBytes, blockPrefixBytes + length);
  const crc = Buffer.from(bytes.buffer, bytes.byteOffset, blockPrefixBytes).readUInt32LE(12);
  if (head.length !== length || crc32(head) !== crc) throw new Damaged('its head is damaged');
  const json = JSON.parse(inflateRawSync(head).toString()) as HeadJson;
  const times = new Float64Array(json.times.length);
  let time = 0;
  for (const [i, step] of json.times.entries()) times[i] = time += step;
  let at = blockPrefixBytes + length;
  const groups = json.groups.map(([first, count, names, values, sum]): BlockGroup => {
    const group = { first, count, at, names, values, crc: sum };
    at += names + values;
    return group;
  });
  return { target: json.target, times, doubtful: json.doubtful, samples: json.samples, groups };
}

/** The groups that can hold a series of this metric, or this very series. */
export function groupsFor(head: BlockHead, wanted: SeriesName): readonly BlockGroup[] {
  const from = orderOf(wanted);
  const last = wanted.includes('{') ? from : `${from}\u{0}\u{ffff}`;
  const firsts = head.groups.map(({ first }) => orderOf(first));
  return head.groups.filter((_, i) => {
    const next = firsts[i + 1];
    return (firsts[i] ?? '') <= last && (next === undefined || next >= from);
  });
}

export interface GroupSeries extends Column {
  readonly name: SeriesName;
}

/** Reads a group's series, of which `wanted` may pick. Throws `Damaged`. */
export function readGroup(
  head: BlockHead,
  group: BlockGroup,
  bytes: Uint8Array,
  wanted: (name: SeriesName) => boolean = () => true,
): readonly GroupSeries[] {
  if (bytes.length !== group.names + group.values || crc32(bytes) !== group.crc)
    throw new Damaged('a group of series is damaged');
  const names = inflateRawSync(bytes.subarray(0, group.names)).toString().split('\n');
  if (!names.some(wanted)) return [];
  const columns = inflateRawSync(bytes.subarray(group.names));
  const from = new ByteReader(columns);
  const lengths = names.map(() => from.varint());
  const found: GroupSeries[] = [];
  let { at } = from;
  for (const [i, name] of names.entries()) {
    const end = at + (lengths[i] ?? 0);
    if (wanted(name))
      found.push({ name, ...readColumn(new ByteReader(columns.subarray(at, end)), head.times.length) });
    at = end;
  }
  return found;
}

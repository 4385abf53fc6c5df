import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Scrape } from './block.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import type { MetricsTarget } from './scraped.ts';
import type { SeriesName } from './series-name.ts';

/**
 * The newest scrapes of a target, one record each, appended and flushed as they come; a block is made of them later.
 *
 * A record is `CSMR`, the length of its content and its CRC-32 (4 bytes each, little-endian), and the content, raw DEFLATE
 * of: a kind byte, and then for a target (1) its job and its instance as texts and whether the clock is doubtful, for a
 * scrape (2) the time, the names of the series that are new in this log with the number of the first, the numbers of the
 * present series as runs, and their values. What a power cut tore is the last record; a damaged one in the middle is
 * passed over, and with it the series that only it names.
 */
const magic = Buffer.from('CSMR');
const prefixBytes = 12;
const [targetKind, scrapeKind] = [1, 2];

function record(content: Uint8Array): Uint8Array {
  // Level 1: a scrape is written every few seconds, and the log is short-lived.
  const packed = deflateRawSync(content, { level: 1 });
  const prefix = Buffer.alloc(prefixBytes);
  magic.copy(prefix);
  prefix.writeUInt32LE(packed.length, 4);
  prefix.writeUInt32LE(crc32(packed), 8);
  return Buffer.concat([prefix, packed]);
}

export function targetRecord(target: MetricsTarget, doubtful: boolean): Uint8Array {
  const out = new ByteWriter();
  out.byte(targetKind);
  out.text(target.job);
  out.text(target.instance);
  out.byte(doubtful ? 1 : 0);
  return record(out.done());
}

/** `fresh`: the names of the series that no earlier record of this log has; they get the numbers from `base` on. */
export function scrapeRecord(scrape: Scrape, base: number, fresh: readonly SeriesName[]): Uint8Array {
  const out = new ByteWriter(scrape.values.length * 8 + 1024);
  out.byte(scrapeKind);
  out.double(scrape.at);
  out.varint(base);
  out.varint(fresh.length);
  for (const name of fresh) out.text(name);
  const runs = runsOf(scrape.ids);
  out.varint(runs.length);
  let next = 0;
  for (const [from, count] of runs) {
    out.zigzag(from - next);
    out.varint(count);
    next = from + count;
  }
  for (const value of scrape.values) out.double(value);
  return record(out.done());
}

function runsOf(ids: Uint32Array): [from: number, count: number][] {
  const runs: [number, number][] = [];
  for (const id of ids) {
    const last = runs.at(-1);
    if (last && last[0] + last[1] === id) last[1] += 1;
    else runs.push([id, 1]);
  }
  return runs;
}

export interface HeadLog {
  readonly target: MetricsTarget | undefined;
  readonly doubtful: boolean;
  /** By their numbers; empty where a damaged record named it. */
  readonly names: SeriesName[];
  readonly scrapes: Scrape[];
  /** How many bytes from the beginning are whole records; what follows was torn and can be cut off. */
  readonly soundBytes: number;
  /** Records in the middle that are damaged; their scrapes are lost. */
  readonly damaged: number;
}

/** Reads a log, however it ended. */
export function readHeadLog(bytes: Uint8Array): HeadLog {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const names: SeriesName[] = [];
  const scrapes: Scrape[] = [];
  let target: MetricsTarget | undefined;
  let [at, soundBytes, damaged, doubtful] = [0, 0, 0, false];
  while (at < buffer.length) {
    const content = contentAt(buffer, at);
    if (!content) {
      const next = buffer.indexOf(magic, at + 1);
      if (next < 0) break;
      damaged += 1;
      at = next;
      continue;
    }
    const from = new ByteReader(content.bytes);
    const kind = from.byte();
    if (kind === targetKind) {
      target = { job: from.text() as MetricsTarget['job'], instance: from.text() };
      doubtful = from.byte() === 1;
    } else if (kind === scrapeKind) scrapes.push(scrapeIn(from, names));
    at = content.end;
    soundBytes = at;
  }
  const counted = soundBytes === 0 ? 0 : damaged;
  return { target, doubtful, names, scrapes, soundBytes, damaged: counted };
}

function contentAt(buffer: Buffer, at: number): { bytes: Uint8Array; end: number } | undefined {
  if (at + prefixBytes > buffer.length || !buffer.subarray(at, at + 4).equals(magic)) return undefined;
  const end = at + prefixBytes + buffer.readUInt32LE(at + 4);
  if (end > buffer.length) return undefined;
  const packed = buffer.subarray(at + prefixBytes, end);
  return crc32(packed) === buffer.readUInt32LE(at + 8) ? { bytes: inflateRawSync(packed), end } : undefined;
}

function scrapeIn(from: ByteReader, names: SeriesName[]): Scrape {
  const at = from.double();
  const base = from.varint();
  while (names.length < base) names.push('');
  for (let i = from.varint(); i > 0; i--) names.push(from.text());
  const ids: number[] = [];
  let next = 0;
  for (let runs = from.varint(); runs > 0; runs--) {
    const first = next + from.zigzag();
    const count = from.varint();
    for (let i = 0; i < count; i++) ids.push(first + i);
    next = first + count;
  }
  const values = ids.map(() => from.double());
  const known = (_: number, i: number): boolean => (names[ids[i] ?? 0] ?? '') !== '';
  return { at, ids: Uint32Array.from(ids.filter(known)), values: Float64Array.from(values.filter(known)) };
}

import { Damaged } from './bytes.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';

/**
 * The values of one series over the scrapes of a block. Absent values are NaN-free: `present` says in which scrapes there
 * is one. Values come back bit for bit; a NaN comes back as a NaN.
 *
 * First the presence: 0 when every scrape has a value, else 1 and run lengths, beginning with a present run (which may be
 * of length 0). Then the way, then the values by it: whole numbers (or decimals made whole by a power of ten) as
 * differences, or as differences of differences; whatever is neither as the bits that differ from the value before, byte
 * by byte, so that the compression that follows finds what repeats.
 */
const [constant, differences, second, bits] = [0, 1, 2, 3];
const mostDecimals = 9;
/** Differences of two differences of whole numbers up to here stay whole numbers a double can tell apart. */
const mostWhole = 2 ** 50;

/** `values[i]` counts where `present[i]` is not 0; `present` absent: everywhere. */
export function writeColumn(out: ByteWriter, values: Float64Array, present?: Uint8Array): void {
  const own = present ? values.filter((_, i) => present[i] !== 0) : values;
  if (!present || own.length === values.length) out.byte(0);
  else {
    out.byte(1);
    writeRuns(out, present);
  }
  writeValues(out, own);
}

function writeRuns(out: ByteWriter, present: Uint8Array): void {
  let run = 0;
  let now = true;
  for (const flag of present) {
    if ((flag !== 0) === now) run += 1;
    else {
      out.varint(run);
      now = !now;
      run = 1;
    }
  }
  out.varint(run);
}

function writeValues(out: ByteWriter, values: Float64Array): void {
  const first = values[0];
  if (first === undefined) return;
  if (values.every(value => Object.is(value, first))) {
    out.byte(constant);
    out.double(first);
    return;
  }
  const decimals = decimalsOf(values);
  if (decimals === undefined) writeBits(out, values);
  else writeWhole(out, values, decimals);
}

const scales = Array.from({ length: mostDecimals + 1 }, (_, n) => 10 ** n);

/** With how few decimals every value is told exactly; nothing when none up to nine will do. */
function decimalsOf(values: Float64Array): number | undefined {
  let decimals = 0;
  for (const value of values) {
    if (Object.is(value, -0)) return undefined;
    for (;;) {
      const scale = scales[decimals];
      if (scale === undefined) return undefined;
      const whole = Math.round(value * scale);
      if (!(Math.abs(whole) <= mostWhole)) return undefined;
      if (whole / scale === value) break;
      decimals += 1;
    }
  }
  // A value that came first was proven with fewer decimals; with more it must still come back.
  const scale = scales[decimals] ?? 1;
  for (const value of values) {
    const whole = Math.round(value * scale);
    if (!(Math.abs(whole) <= mostWhole) || whole / scale !== value) return undefined;
  }
  return decimals;
}

function writeWhole(out: ByteWriter, values: Float64Array, decimals: number): void {
  const scale = scales[decimals] ?? 1;
  const whole = values.map(value => Math.round(value * scale));
  let [one, two, before] = [0, 0, 0];
  for (let i = 1; i < whole.length; i++) {
    const step = (whole[i] ?? 0) - (whole[i - 1] ?? 0);
    one += Math.log2(Math.abs(step) + 1);
    two += Math.log2(Math.abs(step - before) + 1);
    before = step;
  }
  const way = two < one ? second : differences;
  out.byte(way | (decimals << 2));
  out.zigzag(whole[0] ?? 0);
  before = 0;
  for (let i = 1; i < whole.length; i++) {
    const step = (whole[i] ?? 0) - (whole[i - 1] ?? 0);
    out.zigzag(way === second ? step - before : step);
    before = step;
  }
}

function writeBits(out: ByteWriter, values: Float64Array): void {
  out.byte(bits);
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const planes = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++)
    planes[(i & 7) * values.length + (i >>> 3)] = (bytes[i] ?? 0) ^ (i < 8 ? 0 : (bytes[i - 8] ?? 0));
  out.raw(planes);
}

/** The values at the scrapes that have one, with the scrapes' numbers. */
export interface Column {
  readonly at: Uint32Array;
  readonly values: Float64Array;
}

/** Reads what `writeColumn` wrote for so many scrapes. Throws `Damaged`. */
export function readColumn(from: ByteReader, scrapes: number): Column {
  const at = from.byte() === 0 ? everyScrape(scrapes) : readRuns(from, scrapes);
  return { at, values: readValues(from, at.length) };
}

/** The numbers of all scrapes; most columns have a value in each, and share this. */
function everyScrape(scrapes: number): Uint32Array {
  if (every.length !== scrapes) every = Uint32Array.from({ length: scrapes }, (_, i) => i);
  return every;
}
let every = new Uint32Array();

function readRuns(from: ByteReader, scrapes: number): Uint32Array {
  const at: number[] = [];
  let here = 0;
  for (let now = true; here < scrapes; now = !now) {
    const run = from.varint();
    if (here + run > scrapes) throw new Damaged('more values than scrapes');
    if (now) for (let i = 0; i < run; i++) at.push(here + i);
    here += run;
  }
  return Uint32Array.from(at);
}

function readValues(from: ByteReader, count: number): Float64Array {
  const values = new Float64Array(count);
  if (count === 0) return values;
  const way = from.byte();
  switch (way & 3) {
    case constant:
      return values.fill(from.double());
    case bits:
      return readBits(from, values);
    default:
      return readWhole(from, values, (way & 3) === second, scales[way >>> 2]);
  }
}

function readWhole(
  from: ByteReader,
  values: Float64Array,
  twice: boolean,
  scale: number | undefined,
): Float64Array {
  if (scale === undefined) throw new Damaged('more decimals than there can be');
  let whole = from.zigzag();
  let step = 0;
  values[0] = whole / scale;
  for (let i = 1; i < values.length; i++) {
    step = twice ? step + from.zigzag() : from.zigzag();
    whole += step;
    values[i] = whole / scale;
  }
  return values;
}

function readBits(from: ByteReader, values: Float64Array): Float64Array {
  const planes = from.raw(values.length * 8);
  const bytes = new Uint8Array(values.buffer);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = (planes[(i & 7) * values.length + (i >>> 3)] ?? 0) ^ (i < 8 ? 0 : (bytes[i - 8] ?? 0));
  return values;
}

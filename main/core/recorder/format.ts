/**
 * A chunk of the node recorder, as script.ts writes it, is text of lines:
 *
 *     coldstart-recorder 1
 *     B <boot id>
 *     T                                    a new table of series begins
 *     S <number> <series>                  a series, as in Prometheus' exposition format; numbers count up from 0
 *     R <clock> <uptime> <value> … .       a sample, in seconds: a value for each series of the table, `=` the one before,
 *                                          `-` none
 *     E <samples> <cksum>                  the end: how many there are, and POSIX cksum of all lines before, `-` where the
 *                                          node has none
 *
 * A chunk on the disk is compressed by gzip where the node has it. What lies in the node's memory has no end yet.
 */
export interface Recorded {
  /** The node's own clock, which may be wrong: milliseconds since 1970. */
  readonly at: number;
  readonly bootId: string;
  /** Seconds. */
  readonly uptime: number;
  readonly samples: ReadonlyMap<string, number>;
}

export interface RecordedChunk {
  readonly rows: readonly Recorded[];
  /** True when the chunk has its end, and it holds. */
  readonly whole: boolean;
  /** What was not read, in sentences; empty when everything was. */
  readonly left: readonly string[];
}

const firstLine = 'coldstart-recorder 1';
const bootId = /^[0-9a-f-]{8,64}$/;
const row = /^R (\d+) (\d+(?:\.\d+)?) (?:(.*) )?\.$/;
const words: Readonly<Record<string, number>> = { NaN, '+Inf': Infinity, '-Inf': -Infinity, Inf: Infinity };

/** CRC-32 as POSIX cksum makes it: the other bit order than zlib's, with the length behind the bytes. */
export function cksum(bytes: Uint8Array): number {
  let crc = 0;
  const take = (byte: number): void => {
    crc = (table[((crc >>> 24) ^ byte) & 0xff] ?? 0) ^ (crc << 8);
  };
  for (const byte of bytes) take(byte);
  for (let n = bytes.length; n > 0; n = Math.floor(n / 256)) take(n % 256);
  return ~crc >>> 0;
}
const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc;
});

interface Table {
  readonly names: string[];
  values: number[];
}

/** The values of a row; nothing when it does not fit its table. */
function valuesOf(texts: readonly string[], { names, values: before }: Table): number[] | undefined {
  if (texts.length !== names.length) return undefined;
  const values: number[] = [];
  for (const [i, text] of texts.entries()) {
    const kept = before[i];
    if (text === '-') values.push(absent);
    else if (text === '=') values.push(kept ?? absent);
    else {
      const value = words[text] ?? Number(text);
      if (Number.isNaN(value) && text !== 'NaN') return undefined;
      values.push(value);
    }
  }
  return values;
}
/** Stands for no value; no node gives it. */
const absent = -Number.MAX_VALUE;

/** Reads a chunk, whole or torn. Never throws: what is no row of a known table is left and told. */
export function readChunk(text: string): RecordedChunk {
  const rows: Recorded[] = [];
  const left: string[] = [];
  let boot = '';
  let now: Table = { names: [], values: [] };
  let [strange, read] = [0, 0];
  let whole = false;
  const lines = text.split('\n');
  // What has no line end is torn.
  const torn = lines.pop() ?? '';
  if (lines[0] !== firstLine) return { rows, whole, left: ['It is no chunk of the recorder.'] };
  for (const [nth, line] of lines.entries()) {
    read += line.length + 1;
    const [, clock, uptime, values = ''] = row.exec(line) ?? [];
    if (clock !== undefined && boot !== '') {
      const given = valuesOf(values === '' ? [] : values.split(' '), now);
      if (given) {
        now.values = given;
        rows.push({
          at: Number(clock) * 1000,
          bootId: boot,
          uptime: Number(uptime),
          samples: samplesOf(now),
        });
        continue;
      }
      // The rows after it say what has changed since it: they are lost with it.
      strange += 1;
      now = { names: [], values: [] };
    } else if (line === 'T') now = { names: [], values: [] };
    else if (line.startsWith('B ') && bootId.test(line.slice(2))) boot = line.slice(2);
    else if (/^S \d+ ./.test(line)) {
      const [number = ''] = line.slice(2).split(' ', 1);
      if (Number(number) === now.names.length) now.names.push(line.slice(3 + number.length));
      else strange += 1;
    } else if (/^E \d+ (?:\d+|-)$/.test(line) && nth === lines.length - 1) {
      const [, samples, sum] = line.split(' ');
      const before = Buffer.from(text.slice(0, read - line.length - 1));
      whole =
        torn === '' && Number(samples) === rows.length && (sum === '-' || Number(sum) === cksum(before));
      if (!whole) left.push('What it says at its end does not fit what it holds.');
    } else if (nth > 0) strange += 1;
  }
  if (strange > 0) left.push(`${strange} lines make no sense or miss what they build on.`);
  if (torn !== '') left.push('Its last line is torn.');
  return { rows, whole, left };
}

function samplesOf({ names, values }: Table): ReadonlyMap<string, number> {
  const samples = new Map<string, number>();
  for (const [i, name] of names.entries()) {
    const value = values[i];
    if (value !== undefined && value !== absent) samples.set(name, value);
  }
  return samples;
}

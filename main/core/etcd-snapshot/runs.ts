import { compareBytes, u32, u64 } from '../bbolt/bytes.ts';
import type { LiveIndex, Place } from './live-index.ts';

/** A file of ours for what does not fit into memory. It is nobody else's and is gone when it is closed. */
export interface Scratch {
  append(bytes: Uint8Array): void;
  /** Fills all of `into`. */
  readInto(into: Uint8Array, offset: number): void;
  readonly size: number;
}

/** A key and where its newest version lies; no place when that is a deletion. */
export interface Located {
  readonly key: Uint8Array;
  readonly place: Place | undefined;
}

/** Before each key: its length, the place of its value (u64) and the length of that. */
const headBytes = 16;
const bufferBytes = 256 * 1024;

function encoded({ key, place }: Located): Uint8Array {
  const record = new Uint8Array(headBytes + key.length);
  const view = new DataView(record.buffer);
  view.setUint32(0, key.length, true);
  view.setBigUint64(4, BigInt(place?.at ?? 0), true);
  // A deletion has no length at all, so a length is written as one more.
  view.setUint32(12, place ? place.bytes + 1 : 0, true);
  record.set(key, headBytes);
  return record;
}

/** The keys of an index in their order, deleted ones too. */
export function* inOrder(index: LiveIndex): Generator<Located, void> {
  for (const i of index.sorted()) yield { key: index.key(i), place: index.place(i) };
}

/** A sorted run of keys that was put aside, and can be read again from its beginning as often as wanted. */
export class Run {
  readonly #scratch: Scratch;
  readonly #from: number;
  readonly #to: number;

  constructor(scratch: Scratch, keys: Iterable<Located>) {
    this.#scratch = scratch;
    this.#from = scratch.size;
    let batch: Uint8Array[] = [];
    let bytes = 0;
    const flush = (): void => {
      scratch.append(Buffer.concat(batch));
      [batch, bytes] = [[], 0];
    };
    for (const one of keys) {
      const record = encoded(one);
      batch.push(record);
      if ((bytes += record.length) >= bufferBytes) flush();
    }
    flush();
    this.#to = scratch.size;
  }

  *keys(): Generator<Located, void> {
    for (let at = this.#from; at < this.#to;) {
      const b = this.#read(at, Math.min(bufferBytes, this.#to - at));
      let within = 0;
      while (within + headBytes <= b.length && within + headBytes + u32(b, within) <= b.length) {
        yield located(b, within);
        within += headBytes + u32(b, within);
      }
      // A key longer than the buffer is read by itself.
      if (within === 0) {
        const whole = this.#read(at, headBytes + u32(b, 0));
        yield located(whole, 0);
        within = whole.length;
      }
      at += within;
    }
  }

  #read(at: number, bytes: number): Uint8Array {
    const into = new Uint8Array(bytes);
    this.#scratch.readInto(into, at);
    return into;
  }
}

function located(b: Uint8Array, at: number): Located {
  const [from, bytes] = [at + headBytes, u32(b, at + 12)];
  return {
    key: b.subarray(from, from + u32(b, at)),
    place: bytes === 0 ? undefined : { at: u64(b, at + 4), bytes: bytes - 1 },
  };
}

const compareKeys = (a: Located, b: Located): number =>
  compareBytes(a.key, 0, a.key.length, b.key, 0, b.key.length);

/** Several sorted runs as one: of a key that stands in more than one, the later run counts. */
export function* merged(runs: readonly Iterable<Located>[]): Generator<Located, void> {
  const heads = runs.map(run => {
    const keys = run[Symbol.iterator]();
    return { keys, head: keys.next().value as Located | undefined };
  });
  for (;;) {
    let least: Located | undefined;
    for (const { head } of heads) if (head && (!least || compareKeys(head, least) <= 0)) least = head;
    if (!least) return;
    yield least;
    const given = least;
    for (const one of heads)
      if (one.head && compareKeys(one.head, given) === 0)
        one.head = one.keys.next().value as Located | undefined;
  }
}

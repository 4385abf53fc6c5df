import { compareBytes, u16, u32, u64 } from './bytes.ts';
import type { Span } from './bytes.ts';
import type { Problems } from './problems.ts';

export const headerBytes = 16;
export const elementBytes = 16;
export const branchFlag = 0x01;
export const leafFlag = 0x02;
export const metaFlag = 0x04;
export const freelistFlag = 0x10;

/** Between which keys a page's keys must lie: from `low` on, before `high`. */
export interface Bounds {
  readonly low?: Span | undefined;
  readonly high?: Span | undefined;
}

/**
 * The entries of one leaf page, in the order of their keys. One object serves page after page: what it holds is only
 * good until the next.
 */
export class Leaf {
  bytes: Uint8Array = new Uint8Array(0);
  /** Where `bytes` begins in the file. */
  fileAt = 0;
  count = 0;
  /** Per entry: where in `bytes` its key begins, its value begins and its value ends. */
  keyAt = new Int32Array(256);
  valueAt = new Int32Array(256);
  endAt = new Int32Array(256);
  /** Whether any entry is a bucket. */
  hasBuckets = false;
  #isBucket = new Uint8Array(256);

  isBucket(i: number): boolean {
    return this.#isBucket[i] === 1;
  }

  /** Reads the entries as far as they are sound; what is not is added to `problems`. */
  load(bytes: Uint8Array, fileAt: number, bounds: Bounds, name: string, problems: Problems): void {
    const count = u16(bytes, 10);
    if (count > this.keyAt.length) this.#grow(count);
    this.bytes = bytes;
    this.fileAt = fileAt;
    this.hasBuckets = false;
    this.count = headerBytes + count * elementBytes > bytes.length ? 0 : this.#elements(count);
    if (this.count < count) problems.add(`${name}: its entries do not fit into it.`);
    const wrong = this.#outOfOrder(bounds);
    if (wrong !== undefined) problems.add(`${name}: ${wrong}`);
  }

  /** bbolt writes entries one behind the other, so one that reaches back into another was not written by it. */
  #elements(count: number): number {
    const b = this.bytes;
    let free = headerBytes + count * elementBytes;
    for (let i = 0, at = headerBytes; i < count; i++, at += elementBytes) {
      const key = at + u32(b, at + 4);
      const value = key + u32(b, at + 8);
      const end = value + u32(b, at + 12);
      const flags = u32(b, at);
      if (key < free || end > b.length || flags > 1) return i;
      this.keyAt[i] = key;
      this.valueAt[i] = value;
      this.endAt[i] = end;
      this.#isBucket[i] = flags;
      if (flags === 1) this.hasBuckets = true;
      free = end;
    }
    return count;
  }

  #outOfOrder({ low, high }: Bounds): string | undefined {
    const { bytes: b, keyAt, valueAt, count } = this;
    if (count === 0) return undefined;
    const compare = (i: number, to: Span): number =>
      compareBytes(b, keyAt[i] ?? 0, valueAt[i] ?? 0, to.bytes, to.from, to.to);
    if (low && compare(0, low) < 0) return 'its first key lies before what the page above says.';
    if (high && compare(count - 1, high) >= 0) return 'its last key lies behind what the page above says.';
    for (let i = 1; i < count; i++)
      if (compareBytes(b, keyAt[i - 1] ?? 0, valueAt[i - 1] ?? 0, b, keyAt[i] ?? 0, valueAt[i] ?? 0) >= 0)
        return 'its keys are not in order.';
    return undefined;
  }

  #grow(count: number): void {
    const room = Math.max(count, 1024);
    this.keyAt = new Int32Array(room);
    this.valueAt = new Int32Array(room);
    this.endAt = new Int32Array(room);
    this.#isBucket = new Uint8Array(room);
  }
}

/** A page that only points to others. */
export interface Branch {
  readonly keys: readonly Span[];
  readonly children: readonly number[];
}

/** Reads a branch page as far as it is sound. It keeps `bytes`, which must not change any more. */
export function branchOf(bytes: Uint8Array, bounds: Bounds, name: string, problems: Problems): Branch {
  const count = u16(bytes, 10);
  const [keys, children]: [Span[], number[]] = [[], []];
  let free = headerBytes + count * elementBytes;
  for (let i = 0, at = headerBytes; i < count && free <= bytes.length; i++, at += elementBytes) {
    const from = at + u32(bytes, at);
    const to = from + u32(bytes, at + 4);
    if (from < free || to > bytes.length) break;
    keys.push({ bytes, from, to });
    children.push(u64(bytes, at + 8));
    free = to;
  }
  if (count === 0) problems.add(`${name}: it points to no other page.`);
  else if (keys.length < count) problems.add(`${name}: its entries do not fit into it.`);
  if (!inOrder(keys, bounds)) problems.add(`${name}: its keys are not in order.`);
  return { keys, children };
}

const compareSpans = (a: Span, b: Span): number => compareBytes(a.bytes, a.from, a.to, b.bytes, b.from, b.to);

function inOrder(keys: readonly Span[], { low, high }: Bounds): boolean {
  const [first, last] = [keys[0], keys.at(-1)];
  if (first && low && compareSpans(first, low) < 0) return false;
  if (last && high && compareSpans(last, high) >= 0) return false;
  return keys.every((key, i) => {
    const next = keys[i + 1];
    return !next || compareSpans(key, next) < 0;
  });
}

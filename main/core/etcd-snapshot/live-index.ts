import { compareBytes } from '../bbolt/bytes.ts';

/** Where the newest version of a key lies in the file. */
export interface Place {
  readonly at: number;
  readonly bytes: number;
}

/** The bytes of the keys lie in chunks; the first are small, since most databases are. */
const [smallestChunk, largestChunk] = [64 * 1024, 1024 * 1024];

/** FNV-1a of 32 bits, stirred once more: keys that differ in their last digit must not lie side by side. */
function hashOf(b: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (b[i] ?? 0), 0x01000193);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) >>> 0;
}

/**
 * Which keys there are and where the newest version of each lies. Kept in few large arrays: half a million keys of usual
 * length take about 60 MB.
 */
export class LiveIndex {
  /** Keys seen, deleted ones too. */
  size = 0;
  /** Keys whose newest version is not a deletion. */
  live = 0;
  /** Of memory, about. */
  bytes = 0;
  #capacity = 1024;
  /** Per key: its hash, where its bytes lie, and where its newest version lies: its length and one more, 0 for a deletion. */
  #hash = new Uint32Array(this.#capacity);
  #chunkOf = new Uint16Array(this.#capacity);
  #keyAt = new Uint32Array(this.#capacity);
  #keyBytes = new Uint32Array(this.#capacity);
  #valueAt = new Float64Array(this.#capacity);
  #valueBytes = new Uint32Array(this.#capacity);
  /** Open addressing; 0 is an empty slot, otherwise one more than the number of the key. */
  #slots = new Uint32Array(this.#capacity * 2);
  #sorted: Uint32Array | undefined;
  #chunks: Uint8Array[] = [];
  #used = 0;

  /** Notes a newer version of a key. */
  put(b: Uint8Array, from: number, to: number, at: number, bytes: number): void {
    const i = this.#find(b, from, to);
    if (this.#valueBytes[i] === 0) this.live += 1;
    this.#valueAt[i] = at;
    this.#valueBytes[i] = bytes + 1;
  }

  /** Notes that a key was deleted. */
  remove(b: Uint8Array, from: number, to: number): void {
    const i = this.#find(b, from, to);
    if (this.#valueBytes[i] !== 0) this.live -= 1;
    this.#valueBytes[i] = 0;
  }

  /** The numbers of all keys in the order of their bytes; kept until another key comes. */
  sorted(): Uint32Array {
    if (this.#sorted?.length === this.size) return this.#sorted;
    const numbers = new Uint32Array(this.size);
    for (let i = 0; i < numbers.length; i++) numbers[i] = i;
    this.#sorted = numbers.sort((a, b) => this.#compare(a, b));
    return this.#sorted;
  }

  key(i: number): Uint8Array {
    const at = this.#keyAt[i] ?? 0;
    return this.#chunk(i).subarray(at, at + (this.#keyBytes[i] ?? 0));
  }

  /** Nothing when the key was deleted. */
  place(i: number): Place | undefined {
    const bytes = this.#valueBytes[i] ?? 0;
    return bytes === 0 ? undefined : { at: this.#valueAt[i] ?? 0, bytes: bytes - 1 };
  }

  /** Forgets everything. */
  clear(): void {
    this.size = this.live = this.bytes = 0;
    this.#slots.fill(0);
    this.#sorted = undefined;
    this.#chunks = [];
    this.#used = 0;
  }

  #compare(a: number, b: number): number {
    const [atA, atB] = [this.#keyAt[a] ?? 0, this.#keyAt[b] ?? 0];
    const [toA, toB] = [atA + (this.#keyBytes[a] ?? 0), atB + (this.#keyBytes[b] ?? 0)];
    return compareBytes(this.#chunk(a), atA, toA, this.#chunk(b), atB, toB);
  }

  #chunk(i: number): Uint8Array {
    return this.#chunks[this.#chunkOf[i] ?? 0] ?? new Uint8Array(0);
  }

  /** The number of a key; a key never seen gets the next one. */
  #find(b: Uint8Array, from: number, to: number): number {
    if (this.size * 2 >= this.#slots.length) this.#grow();
    const hash = hashOf(b, from, to);
    const last = this.#slots.length - 1;
    let slot = hash & last;
    for (let taken = this.#slots[slot] ?? 0; taken !== 0; taken = this.#slots[slot] ?? 0) {
      if (this.#hash[taken - 1] === hash && this.#is(taken - 1, b, from, to)) return taken - 1;
      slot = (slot + 1) & last;
    }
    const i = this.size++;
    this.#slots[slot] = i + 1;
    this.#hash[i] = hash;
    this.#valueBytes[i] = 0;
    this.#keep(i, b, from, to);
    return i;
  }

  #is(i: number, b: Uint8Array, from: number, to: number): boolean {
    const bytes = this.#keyBytes[i] ?? 0;
    if (bytes !== to - from) return false;
    const [own, at] = [this.#chunk(i), this.#keyAt[i] ?? 0];
    for (let k = 0; k < bytes; k++) if (own[at + k] !== b[from + k]) return false;
    return true;
  }

  #keep(i: number, b: Uint8Array, from: number, to: number): void {
    const bytes = to - from;
    if (this.#used + bytes > (this.#chunks.at(-1)?.length ?? 0)) {
      const room = Math.min(largestChunk, smallestChunk * 2 ** Math.min(this.#chunks.length, 4));
      this.#chunks.push(new Uint8Array(Math.max(room, bytes)));
      this.#used = 0;
    }
    this.#chunks.at(-1)?.set(b.subarray(from, to), this.#used);
    this.#chunkOf[i] = this.#chunks.length - 1;
    this.#keyAt[i] = this.#used;
    this.#keyBytes[i] = bytes;
    this.#used += bytes;
    this.bytes += bytes + 34;
  }

  #grow(): void {
    const old = this.#capacity;
    this.#capacity *= 2;
    const wider = <T extends Uint16Array | Uint32Array | Float64Array>(from: T, to: T): T => {
      to.set(from.subarray(0, old));
      return to;
    };
    this.#hash = wider(this.#hash, new Uint32Array(this.#capacity));
    this.#chunkOf = wider(this.#chunkOf, new Uint16Array(this.#capacity));
    this.#keyAt = wider(this.#keyAt, new Uint32Array(this.#capacity));
    this.#keyBytes = wider(this.#keyBytes, new Uint32Array(this.#capacity));
    this.#valueAt = wider(this.#valueAt, new Float64Array(this.#capacity));
    this.#valueBytes = wider(this.#valueBytes, new Uint32Array(this.#capacity));
    this.#slots = new Uint32Array(this.#capacity * 2);
    const last = this.#slots.length - 1;
    for (let i = 0; i < this.size; i++) {
      let slot = (this.#hash[i] ?? 0) & last;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & last;
      this.#slots[slot] = i + 1;
    }
  }
}

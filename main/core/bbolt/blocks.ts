import type { PageSource } from './page-source.ts';

/** A file that is read at a place into memory of ours. */
export interface RawFile {
  readonly size: number;
  /** Fills all of `into`; throws a FieldError when that cannot be. */
  readInto(into: Uint8Array, offset: number): void;
}

/** Large enough that a walk in file order is no slower than reading from end to end. */
const blockBytes = 128 * 1024;

/**
 * Pages out of a file by way of whole blocks kept in `memory`. A database that was written in order is then read in few
 * large reads; where pages lie about, only what is asked for is read.
 */
export class Blocks implements PageSource {
  readonly size: number;
  readonly #file: RawFile;
  readonly #memory: Uint8Array;
  /** Which block lies in which place of the memory. The one brought first stands first, and goes first. */
  readonly #places = new Map<number, number>();
  #lastMissed = -1;
  #recent = -1;
  #recentAt = 0;
  #loose = new Uint8Array(64 * 1024);

  constructor(file: RawFile, memory: Uint8Array) {
    this.size = file.size;
    this.#file = file;
    this.#memory = memory;
  }

  read(offset: number, length: number): Uint8Array {
    const block = Math.floor(offset / blockBytes);
    const within = offset - block * blockBytes;
    if (within + length > blockBytes) return this.#readLoose(offset, length);
    if (block !== this.#recent) {
      const place = this.#places.get(block) ?? this.#missed(block);
      if (place === undefined) return this.#readLoose(offset, length);
      this.#recent = block;
      this.#recentAt = place * blockBytes;
    }
    const at = this.#recentAt + within;
    return this.#memory.subarray(at, at + length);
  }

  /** The place a block was brought to; nothing when the reading jumps about and a whole block would be a waste. */
  #missed(block: number): number | undefined {
    const inOrder = block === this.#lastMissed || block === this.#lastMissed + 1;
    this.#lastMissed = block;
    if (!inOrder) return undefined;
    const place = this.#freePlace();
    const offset = block * blockBytes;
    const length = Math.min(blockBytes, this.size - offset);
    this.#file.readInto(this.#memory.subarray(place * blockBytes, place * blockBytes + length), offset);
    this.#places.set(block, place);
    return place;
  }

  #freePlace(): number {
    if ((this.#places.size + 1) * blockBytes <= this.#memory.length) return this.#places.size;
    const [oldest] = this.#places;
    if (!oldest) throw new Error('the memory for blocks is smaller than one block');
    this.#places.delete(oldest[0]);
    if (oldest[0] === this.#recent) this.#recent = -1;
    return oldest[1];
  }

  #readLoose(offset: number, length: number): Uint8Array {
    if (this.#loose.length < length) this.#loose = new Uint8Array(length * 2);
    const into = this.#loose.subarray(0, length);
    this.#file.readInto(into, offset);
    return into;
  }
}

import type { Hash } from 'node:crypto';
import type { Sink } from '../../ports.ts';
import { passed } from './sweep.ts';

/** Small pieces cost a system call and a turn of the event loop each, so they are gathered up to this much. */
const blockBytes = 1024 * 1024;

/** Writes and hashes pieces in the order they come; while one block is written the next is filled. */
export class InOrder {
  readonly #to: Sink;
  readonly #hash: Hash;
  #block: Buffer = Buffer.allocUnsafeSlow(blockBytes);
  #filled = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(to: Sink, hash: Hash) {
    this.#to = to;
    this.#hash = hash;
  }

  /** Takes a piece; a promise means: no more until it settles. */
  put(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#filled + bytes.length > blockBytes) return this.#putLater(bytes);
    this.#block.set(bytes, this.#filled);
    this.#filled += bytes.length;
    return undefined;
  }

  async #putLater(bytes: Uint8Array): Promise<void> {
    await this.#flush();
    for (let at = 0; at < bytes.length; at += blockBytes) {
      const piece = bytes.subarray(at, at + blockBytes);
      if (this.#filled + piece.length > blockBytes) await this.#flush();
      this.#block.set(piece, this.#filled);
      this.#filled += piece.length;
    }
  }

  /** Takes a block that is big enough to be written by itself. */
  async whole(block: Uint8Array): Promise<void> {
    if (this.#filled > 0) await this.#flush();
    await this.#write(block);
  }

  /** Begins to write what was gathered, after waiting for the block before it. */
  async #flush(): Promise<void> {
    const block = this.#block.subarray(0, this.#filled);
    this.#block = Buffer.allocUnsafeSlow(blockBytes);
    this.#filled = 0;
    await this.#write(block);
  }

  async #write(block: Uint8Array): Promise<void> {
    await this.#writing;
    this.#hash.update(block);
    passed(block.length);
    this.#writing = this.#to.append(block);
    // Heard of when the next block waits for it, or at the end.
    this.#writing.catch(() => undefined);
  }

  /** Writes what is left, also when the rest will not come. */
  async end(): Promise<void> {
    if (this.#filled > 0) await this.#flush();
    await this.#writing;
  }
}

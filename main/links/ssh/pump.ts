import type { Readable } from 'node:stream';

/**
 * Passes on what streams of one channel give, in order, and holds all of them back while a listener is busy:
 * they share one SSH window, so pausing only one would let the other grow without bound.
 */
export class Pump {
  readonly #streams: readonly Readable[];
  readonly #failed: (thrown: unknown) => void;
  #busy = 0;
  #dropping = false;
  #idle: Promise<void> = Promise.resolve();

  constructor(streams: readonly Readable[], failed: (thrown: unknown) => void) {
    this.#streams = streams;
    this.#failed = failed;
  }

  /** Settles when everything passed on so far was dealt with. */
  get idle(): Promise<void> {
    return this.#idle;
  }

  /** From now on everything is read and thrown away, so that the channel can close. */
  drop(): void {
    this.#dropping = true;
    for (const stream of this.#streams) stream.resume();
  }

  see(stream: Readable, listener: (bytes: Uint8Array) => void | Promise<void>): void {
    stream.on('data', (bytes: Uint8Array) => {
      if (this.#dropping) return;
      try {
        const busy = listener(bytes);
        if (busy) this.#hold(busy);
      } catch (thrown) {
        this.#failed(thrown);
      }
    });
  }

  #hold(busy: Promise<void>): void {
    this.#busy++;
    for (const stream of this.#streams) stream.pause();
    this.#idle = this.#settle(this.#idle, busy);
  }

  async #settle(before: Promise<void>, busy: Promise<void>): Promise<void> {
    await busy.catch(this.#failed);
    this.#busy--;
    if (this.#busy === 0) for (const stream of this.#streams) stream.resume();
    await before;
  }
}

/** A line as it really is: high or low at every moment. Times in microseconds; it rests high. */
export class Waveform {
  /** Moments at which the level changes; the first change is to low. */
  #edges: number[] = [];
  #from = 0;
  /** When the last character has left. */
  free = 0;

  /** Sends characters one after the other, beginning not before `at`. `parity` makes seven bits and parity of it. */
  send(bytes: Uint8Array, baud: number, at: number, parity: 'none' | 'even' | 'odd' = 'none'): void {
    const bit = 1e6 / baud;
    for (const byte of bytes) {
      const start = Math.max(this.free, at);
      const value = parity === 'none' ? byte : withParity(byte, parity);
      let level = 1;
      for (let i = 0; i < 10; i += 1) {
        const next = i === 0 ? 0 : i === 9 ? 1 : (value >> (i - 1)) & 1;
        if (next !== level) this.#edges.push(start + i * bit);
        level = next;
      }
      this.free = start + 10 * bit;
    }
  }

  /** Whether anything happens between two moments. */
  level(at: number): 0 | 1 {
    return this.#index(at) % 2 === 0 ? 1 : 0;
  }

  /** The first moment from `at` on at which the line falls; Infinity while nothing is on its way. */
  fall(at: number): number {
    const index = this.#index(at);
    const edge = index % 2 === 0 ? index : index + 1;
    return this.#edges[edge] ?? Infinity;
  }
  rise(at: number): number {
    const index = this.#index(at);
    return index % 2 === 0 ? at : (this.#edges[index] ?? Infinity);
  }

  /** How many edges lie at or before a moment. Moments mostly go forward. */
  #index(at: number): number {
    if (this.#from > 0 && (this.#edges[this.#from - 1] ?? 0) > at) this.#from = this.#search(at);
    while (this.#from < this.#edges.length && (this.#edges[this.#from] ?? 0) <= at) this.#from += 1;
    return this.#from;
  }
  #search(at: number): number {
    let low = 0;
    let high = this.#edges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#edges[middle] ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function withParity(byte: number, parity: 'even' | 'odd'): number {
  let ones = 0;
  for (let i = 0; i < 7; i += 1) ones += (byte >> i) & 1;
  const bit = parity === 'even' ? ones % 2 : 1 - (ones % 2);
  return (byte & 0x7f) | (bit << 7);
}

/** What becomes of a character without a stop bit: given as 0 (Linux UARTs), as it was sampled (FTDI), or dropped (IGNPAR). */
export type OnError = 'zero' | 'raw' | 'drop';

/** A receiver: waits for the start edge, checks it in its middle, samples the middle of each bit. */
export class Receiver {
  readonly #wave: Waveform;
  readonly #onError: OnError;
  /** Changes a sampled level now and then. */
  readonly #noise: () => boolean;
  baud: number;
  #at = 0;

  constructor(wave: Waveform, baud: number, onError: OnError, noise: () => boolean = () => false) {
    this.#wave = wave;
    this.baud = baud;
    this.#onError = onError;
    this.#noise = noise;
  }

  /** From now on at another speed; what was half received is lost. */
  change(baud: number, now: number): void {
    this.baud = baud;
    this.#at = now;
  }

  /** What was received whole by `until`. `broke`: the line was low for longer than a character. */
  take(until: number): { readonly bytes: number[]; readonly broke: number } {
    const bytes: number[] = [];
    let broke = 0;
    const bit = 1e6 / this.baud;
    for (;;) {
      const start = this.#wave.fall(this.#at);
      if (start + 9.5 * bit > until) return { bytes, broke };
      if (this.#sample(start + bit / 2) === 1) {
        this.#at = start + bit / 2;
        continue;
      }
      let value = 0;
      for (let i = 0; i < 8; i += 1) value |= this.#sample(start + (i + 1.5) * bit) << i;
      const stop = this.#sample(start + 9.5 * bit);
      this.#at = start + 9.5 * bit;
      if (stop === 1) {
        bytes.push(value);
        continue;
      }
      // A BREAK is given as 0 by every system, and the receiver waits for its end.
      if (value === 0) {
        broke += 1;
        bytes.push(0);
      } else if (this.#onError === 'zero') bytes.push(0);
      else if (this.#onError === 'raw') bytes.push(value);
      const end = this.#wave.rise(this.#at);
      if (end === Infinity) return { bytes, broke };
      this.#at = Math.max(this.#at, end);
    }
  }

  #sample(at: number): 0 | 1 {
    const level = this.#wave.level(at);
    return this.#noise() ? (level === 1 ? 0 : 1) : level;
  }
}

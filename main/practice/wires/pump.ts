import { until } from '../station/shell/streams.ts';
import type { Clock } from '../../ports.ts';

/** Bits of one character on the wire: start, eight data, stop. */
const bitsEach = 10;
/** How far a transmitter runs ahead of its reader before a writer must wait. */
const queueLimit = 4096;
const tickMs = 8;

/** One direction of a serial line: bytes leave in order, at the line's rate. */
export class Pump {
  readonly #clock: Clock;
  readonly #rate: () => number;
  readonly #deliver: (bytes: Uint8Array) => void;
  #queue: Uint8Array[] = [];
  #waiting = 0;
  #running = false;
  #wake: (() => void)[] = [];

  /** `rate`: bits per second now; 0 is no pacing at all. */
  constructor(clock: Clock, rate: () => number, deliver: (bytes: Uint8Array) => void) {
    this.#clock = clock;
    this.#rate = rate;
    this.#deliver = deliver;
  }

  put(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#queue.push(bytes.slice());
    this.#waiting += bytes.length;
    if (this.#running) return;
    this.#running = true;
    void this.#run();
  }

  flush(): void {
    this.#queue = [];
    this.#waiting = 0;
    this.#news();
  }

  async room(signal: AbortSignal): Promise<void> {
    while (this.#waiting >= queueLimit) await until(this.#change(), signal);
  }

  /** Settles when everything put so far has left. */
  async drained(): Promise<void> {
    while (this.#waiting > 0) await this.#change();
  }

  #news(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
  #change(): Promise<void> {
    return new Promise(resolve => this.#wake.push(resolve));
  }

  async #run(): Promise<void> {
    let before = this.#clock.monotonic();
    let credit = 0;
    while (this.#waiting > 0) {
      const rate = this.#rate();
      const due = rate === 0 ? this.#waiting : Math.min(this.#waiting, (tickMs * rate) / bitsEach / 1000);
      // At least one character, and about a tick's worth: timers are not finer than that.
      const wanted = Math.max(1, Math.ceil(due));
      const short = rate === 0 ? 0 : ((wanted - credit) * bitsEach * 1000) / rate;
      if (short > 0) await this.#clock.sleep(Math.ceil(short));
      const now = this.#clock.monotonic();
      credit = Math.min(credit + ((now - before) * rate) / bitsEach / 1000, wanted * 8);
      before = now;
      const count = rate === 0 ? this.#waiting : Math.min(this.#waiting, Math.floor(credit));
      if (count <= 0) continue;
      credit -= count;
      this.#deliver(this.#take(count));
      this.#news();
    }
    this.#running = false;
  }

  #take(count: number): Uint8Array {
    const all = Buffer.concat(this.#queue);
    this.#queue = all.length > count ? [new Uint8Array(all.subarray(count))] : [];
    this.#waiting = all.length - Math.min(count, all.length);
    return new Uint8Array(all.subarray(0, count));
  }
}

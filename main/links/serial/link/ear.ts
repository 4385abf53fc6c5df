import { cancelled } from '../../../../preload/contract/failure.ts';
import type { Clock, HeldLine } from '../../../ports.ts';
import { LineDown } from './line-down.ts';

/** More than any answer; older bytes are noise. */
const mostHeard = 512 * 1024;

/** What came down a held line and was not understood yet. */
export class Ear {
  readonly #clock: Clock;
  readonly #held: HeldLine;
  readonly #stop: () => void;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #wake: (() => void) | undefined;
  #pulled = false;

  constructor(held: HeldLine, clock: Clock) {
    this.#held = held;
    this.#clock = clock;
    this.#stop = held.hear(bytes => this.#take(bytes));
    this.listenOn();
  }

  /** To be called again when a pulled adapter is back. */
  listenOn(): void {
    this.#pulled = false;
    void this.#untilPulled();
  }

  async #untilPulled(): Promise<void> {
    await this.#held.lost;
    this.#pulled = true;
    this.#wake?.();
  }

  get heard(): Buffer {
    if (this.#pieces.length !== 1) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0] ?? Buffer.alloc(0);
  }

  #take(bytes: Uint8Array): void {
    this.#pieces.push(Buffer.from(bytes));
    this.#bytes += bytes.length;
    if (this.#bytes > mostHeard) this.drop(this.#bytes - mostHeard / 2);
    this.#wake?.();
  }

  forget(): void {
    this.#pieces = [];
    this.#bytes = 0;
  }

  drop(bytes: number): void {
    const rest = this.heard.subarray(bytes);
    this.#pieces = [rest];
    this.#bytes = rest.length;
  }

  /** Waits for more bytes, so many milliseconds; false when none came. Throws LineDown when the adapter is pulled. */
  async more(ms: number, signal?: AbortSignal): Promise<boolean> {
    if (signal?.aborted) throw cancelled('The command');
    if (this.#pulled) throw new LineDown('pulled');
    if (ms <= 0) return false;
    const came = Promise.withResolvers<'came'>();
    this.#wake = () => came.resolve('came');
    const over = new AbortController();
    const stop = (): void => came.reject(cancelled('The command'));
    signal?.addEventListener('abort', stop, { once: true });
    const late = this.#clock.sleep(ms, over.signal).then(
      () => 'late' as const,
      () => 'late' as const,
    );
    try {
      const first = await Promise.race([came.promise, late]);
      if (this.#pulled) throw new LineDown('pulled');
      return first === 'came';
    } finally {
      this.#wake = undefined;
      signal?.removeEventListener('abort', stop);
      over.abort();
    }
  }

  /** Waits until nothing came for so many milliseconds, at most ten times as long. */
  async quiet(ms: number): Promise<void> {
    for (let i = 0; i < 10; i++) if (!(await this.more(ms))) return;
  }

  close(): void {
    this.#stop();
  }
}

import { scrubber } from '../../../core/scrub.ts';
import { Secret } from '../../../core/secret.ts';

/** The far side is given so long to echo a secret it should not echo, in milliseconds of silence. */
const quietMs = 1000;
const longestMs = 5000;

interface Pause {
  /** Line ends the secret was sent with: their echo ends the pause. */
  lines: number;
  readonly from: number;
  last: number;
}

const none = new Uint8Array();

/**
 * Keeps a secret that was sent from what is shown and recorded: after it was sent, what comes back is dropped up to its
 * line end or until it is quiet, and its exact words are taken out of everything later. Times in milliseconds.
 */
export class Hush {
  readonly #scrub = scrubber();
  #stream: ReturnType<ReturnType<typeof scrubber>['stream']> | undefined;
  #pause: Pause | undefined;

  begin(secret: Secret, at: number): void {
    for (const line of secret.reveal().split(/[\r\n]+/)) this.#scrub.add(new Secret(line));
    const held = this.#stream;
    this.#stream = this.#scrub.stream();
    // what an older stream still held is no beginning of this secret; it waits with the new one
    if (held) this.#kept = held.flush();
    const ends = secret.reveal().match(/\r\n|\r|\n/g)?.length ?? 0;
    this.#pause = { lines: ends === 0 ? Number.POSITIVE_INFINITY : ends, from: at, last: at };
  }

  #kept: Uint8Array = none;

  /** What of the received bytes may be shown and kept. */
  take(bytes: Uint8Array, at: number): Uint8Array {
    const open = this.#afterPause(bytes, at);
    if (!this.#stream) return open;
    const clean = this.#stream.push(open);
    const all = this.#kept.length > 0 ? Buffer.concat([this.#kept, clean]) : clean;
    this.#kept = none;
    return all;
  }

  #afterPause(bytes: Uint8Array, at: number): Uint8Array {
    const pause = this.#pause;
    if (!pause) return bytes;
    if (this.#over(pause, at)) {
      this.#pause = undefined;
      return bytes;
    }
    pause.last = at;
    for (const [index, byte] of bytes.entries()) {
      if (byte !== 10) continue;
      pause.lines -= 1;
      if (pause.lines > 0) continue;
      this.#pause = undefined;
      return bytes.subarray(index + 1);
    }
    return none;
  }

  #over(pause: Pause, at: number): boolean {
    return at - pause.last >= quietMs || at - pause.from >= longestMs;
  }

  /** What was held back because a secret could have begun with it, once the line is quiet. */
  rest(): Uint8Array {
    if (!this.#stream) return none;
    const held = this.#stream.flush();
    const all = this.#kept.length > 0 ? Buffer.concat([this.#kept, held]) : held;
    this.#kept = none;
    return all;
  }

  /** A text of our own, without the secrets that were sent. */
  text(dirty: string): string {
    return this.#scrub.text(dirty);
  }
}

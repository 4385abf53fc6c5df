/** Echoes of our own typing come within this time, in milliseconds. */
const oursMs = 1500;
/** A person's keys are further apart than the bytes of a slow line. */
const apartMs = 30;
/** Keys in a row until somebody is believed to type. */
const fewest = 2;

/** Notices that somebody else types at a standing prompt: single letters come, one by one, that we did not send. */
export class Keystrokes {
  #sentAt = Number.NEGATIVE_INFINITY;
  #burst = { at: Number.NEGATIVE_INFINITY, text: '', alone: false };
  #keys = 0;
  #standing = false;
  #strange: number | undefined;

  /** When the last key of somebody else came. */
  get strange(): number | undefined {
    return this.#strange;
  }

  sent(at: number): void {
    this.#sentAt = at;
    this.#keys = 0;
  }

  /** Whether a prompt stands at which typing would show. */
  standing(is: boolean): void {
    this.#standing = is;
    if (!is) this.#keys = 0;
  }

  heard(bytes: Uint8Array, at: number): void {
    if (at - this.#sentAt < oursMs) return;
    const text = Buffer.from(bytes).toString('latin1');
    if (at === this.#burst.at) {
      this.#burst = { ...this.#burst, text: this.#burst.text + text };
      if (this.#burst.text.length > 1) this.#keys = 0;
      return;
    }
    const alone = at - this.#burst.at >= apartMs;
    this.#burst = { at, text, alone };
    this.#keys = this.#standing && alone && /^[\x20-\x7e]$/.test(text) ? this.#keys + 1 : 0;
    if (this.#keys >= fewest) this.#strange = at;
  }
}

/** How many bytes decide. */
const window = 96;
const fewest = 6;
/** A share of so many unreadable bytes is no text in any language. */
const share = 0.3;

/** Whether the last bytes of a line can be text at all. A wrong speed shows as bytes that no text has. */
export class Noise {
  #recent: boolean[] = [];
  /** Bytes of a letter in UTF-8 still to come. */
  #more = 0;

  take(bytes: Uint8Array): void {
    for (const byte of bytes.subarray(-window)) this.#recent.push(this.#odd(byte));
    if (this.#recent.length > window) this.#recent = this.#recent.slice(-window);
  }

  get now(): boolean {
    const odd = this.#recent.filter(Boolean).length;
    const lately = this.#recent.slice(-fewest * 2).filter(Boolean).length;
    return odd >= fewest && odd > this.#recent.length * share && lately > 0;
  }

  #odd(byte: number): boolean {
    if (byte >= 0x80 && byte < 0xc0 && this.#more > 0) {
      this.#more -= 1;
      return false;
    }
    const broken = this.#more > 0;
    this.#more = byte >= 0xf0 && byte < 0xf5 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc2 ? 1 : 0;
    if (byte >= 0xf5) this.#more = 0;
    if (byte >= 0x80) return broken || byte < 0xc2 || byte >= 0xf5;
    return byte === 0x7f || (byte < 0x20 && !usual.has(byte));
  }
}

/** Controls that terminals get: bell, backspace, tab, line ends, shift in and out, escape. */
const usual: ReadonlySet<number> = new Set([7, 8, 9, 10, 11, 12, 13, 14, 15, 27]);

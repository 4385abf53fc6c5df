/** Keeps the beginning and the end of a stream within a number of bytes and drops the middle. */
export class Kept {
  readonly #half: number;
  readonly #head: Uint8Array[] = [];
  #headBytes = 0;
  readonly #tail: Uint8Array[] = [];
  #tailBytes = 0;
  #dropped = 0;

  constructor(most: number) {
    this.#half = Math.floor(most / 2);
  }

  get truncated(): boolean {
    return this.#dropped > 0;
  }

  take(bytes: Uint8Array): void {
    const room = Math.max(0, this.#half - this.#headBytes);
    if (room > 0) {
      this.#head.push(bytes.slice(0, room));
      this.#headBytes += Math.min(room, bytes.length);
    }
    if (bytes.length > room) this.#toTail(bytes.slice(room));
  }

  /** Tells of bytes that were dropped before anybody could take them. */
  skip(bytes: number): void {
    this.#dropped += bytes;
  }

  #toTail(bytes: Uint8Array): void {
    this.#tail.push(bytes);
    this.#tailBytes += bytes.length;
    while (this.#tailBytes > this.#half) {
      const over = this.#tailBytes - this.#half;
      const first = this.#tail[0] ?? new Uint8Array();
      const cut = Math.min(over, first.length);
      if (cut === first.length) this.#tail.shift();
      else this.#tail[0] = first.subarray(cut);
      this.#tailBytes -= cut;
      this.#dropped += cut;
    }
  }

  text(): string {
    const tail = Buffer.concat(this.#tail).toString();
    if (!this.truncated) return Buffer.concat([...this.#head, ...this.#tail]).toString();
    return `${Buffer.concat(this.#head).toString()}\n… ${this.#dropped} bytes left out …\n${tail}`;
  }
}

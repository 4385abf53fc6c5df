const mostNoise = 8 * 1024;

/**
 * Splits one output stream at the mark `:mark:pid:`. Bytes before it are noise of the login shell's start files (the
 * last 8 KiB are kept for messages), bytes after it belong to the command.
 */
export class AfterMark {
  readonly #mark: Buffer;
  #before: Buffer = Buffer.alloc(0);
  #found = false;
  /** The number behind the mark; undefined until the mark came, or when none was there. */
  pid: number | undefined;

  constructor(mark: string) {
    this.#mark = Buffer.from(`:${mark}:`);
  }

  get found(): boolean {
    return this.#found;
  }

  /** What came before the mark. */
  get noise(): string {
    return this.#before.toString();
  }

  /** Takes the next bytes and gives those that belong to the command. */
  take(bytes: Uint8Array): Uint8Array {
    if (this.#found) return bytes;
    const seen = Buffer.concat([this.#before, bytes]);
    const at = seen.indexOf(this.#mark);
    const end = at < 0 ? -1 : seen.indexOf(':', at + this.#mark.length);
    if (end < 0) {
      this.#before = at < 0 ? Buffer.from(seen.subarray(-mostNoise)) : seen;
      return new Uint8Array();
    }
    const digits = seen.toString('latin1', at + this.#mark.length, end);
    if (/^\d+$/.test(digits)) this.pid = Number(digits);
    this.#found = true;
    this.#before = Buffer.from(seen.subarray(0, at));
    return seen.subarray(end + 1);
  }
}

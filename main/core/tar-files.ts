/** Reads the small files of a tar (POSIX ustar, pax, GNU) out of chunks of any length; large ones are passed over. */
export class SmallFilesOfTar {
  readonly files = new Map<string, Uint8Array>();
  /** False as soon as what comes is no tar. */
  sound = true;
  /** The two empty blocks at the end were seen. */
  ended = false;
  readonly #largest: number;
  readonly #most: number;
  #kept = 0;
  #head = new Uint8Array(block);
  #headFilled = 0;
  #left = 0;
  #padding = 0;
  #into: { readonly name: string; readonly kind: string; readonly bytes: Uint8Array; at: number } | undefined;
  #longName: string | undefined;

  /** Keeps files of up to `largest` bytes, and `most` bytes in all. */
  constructor(largest: number, most: number) {
    this.#largest = largest;
    this.#most = most;
  }

  take(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && this.sound && !this.ended) {
      if (this.#left > 0) at += this.#content(chunk.subarray(at));
      else if (this.#padding > 0) {
        const skipped = Math.min(this.#padding, chunk.length - at);
        this.#padding -= skipped;
        at += skipped;
      } else at += this.#header(chunk.subarray(at));
    }
  }

  #content(rest: Uint8Array): number {
    const part = rest.subarray(0, Math.min(this.#left, rest.length));
    const into = this.#into;
    if (into) {
      into.bytes.set(part, into.at);
      into.at += part.length;
    }
    this.#left -= part.length;
    if (this.#left === 0) this.#finish();
    return part.length;
  }

  #finish(): void {
    const into = this.#into;
    this.#into = undefined;
    if (!into) return;
    if (into.kind === 'L') this.#longName = text(into.bytes, 0, into.bytes.length);
    else if (into.kind === 'x') this.#longName = paxPath(into.bytes) ?? this.#longName;
    else this.files.set(into.name, into.bytes);
  }

  #header(rest: Uint8Array): number {
    const part = rest.subarray(0, block - this.#headFilled);
    this.#head.set(part, this.#headFilled);
    this.#headFilled += part.length;
    if (this.#headFilled < block) return part.length;
    this.#headFilled = 0;
    this.#entry(this.#head);
    return part.length;
  }

  #entry(head: Uint8Array): void {
    if (head.every(byte => byte === 0)) {
      this.ended = true;
      return;
    }
    const size = sizeOf(head);
    if (size === undefined || !isSummed(head)) {
      this.sound = false;
      return;
    }
    const kind = String.fromCharCode(head[156] ?? 0).replace('\0', '0');
    const prefix = text(head, 345, 500);
    const short = text(head, 0, 100);
    const name = this.#longName ?? (prefix === '' ? short : `${prefix}/${short}`);
    const isWanted =
      ['0', 'L', 'x'].includes(kind) && size <= this.#largest && this.#kept + size <= this.#most;
    if (kind === '0') this.#longName = undefined;
    [this.#left, this.#padding] = [size, (block - (size % block)) % block];
    if (!isWanted) return;
    this.#kept += size;
    this.#into = { name: name.replace(/^\.\//, ''), kind, bytes: new Uint8Array(size), at: 0 };
    if (size === 0) this.#finish();
  }
}

const block = 512;

const text = (bytes: Uint8Array, from: number, to: number): string =>
  Buffer.from(bytes.subarray(from, to)).toString('utf8').replace(/\0.*$/s, '');

/** In octal, or above 8 GiB in binary behind a first bit. */
function sizeOf(head: Uint8Array): number | undefined {
  if (((head[124] ?? 0) & 0x80) !== 0)
    return head.subarray(125, 136).reduce((size, byte) => size * 256 + byte, 0);
  const digits = text(head, 124, 136).trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : undefined;
}

/** The sum of a header counts its own place as blanks. */
function isSummed(head: Uint8Array): boolean {
  const said = Number.parseInt(text(head, 148, 156).trim() || '-1', 8);
  const sum = head.reduce((all, byte, i) => all + (i >= 148 && i < 156 ? 0x20 : byte), 0);
  return said === sum;
}

const paxPath = (bytes: Uint8Array): string | undefined =>
  /(?:^|\n)\d+ path=([^\n]*)\n/.exec(Buffer.from(bytes).toString('utf8'))?.[1];

/** How much of a console is kept for a pane that opens later; about 25 s of a 115200 line. */
export const keptBytes = 256 * 1024;

/**
 * What a program asks its terminal: position, kind, colours. The answer to an old question would be typed into whatever
 * stands on the line now, so old questions are taken out before the past is shown again.
 */
const questions =
  // eslint-disable-next-line no-control-regex
  /\u0005|\u001bZ|\u001b\[[?>=]?[0-9;]*[cnx]|\u001b\[[0-9;]*t|\u001b\[[?0-9;]*\$p|\u001bP[\s\S]*?\u001b\\|\u001b\][^\u0007\u001b]*\?(?:\u0007|\u001b\\)/g;

/** Bytes with every question to the terminal removed. */
export function withoutQuestions(bytes: Uint8Array): Uint8Array {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  const asked = text.replace(questions, '');
  if (asked.length === text.length) return bytes;
  return Uint8Array.from(asked, character => character.charCodeAt(0));
}

/** The last bytes of a console, for every pane that shows it: first the past, then what comes. */
export class Replay {
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  readonly #most: number;
  readonly #followers = new Set<(bytes: Uint8Array) => void>();

  constructor(most = keptBytes) {
    this.#most = most;
  }

  add(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#bytes += bytes.length;
    while (this.#bytes - (this.#chunks[0]?.length ?? 0) >= this.#most)
      this.#bytes -= this.#chunks.shift()?.length ?? 0;
    for (const follower of this.#followers) follower(bytes);
  }

  /** What is kept, without questions to the terminal. */
  past(): Uint8Array {
    const all = new Uint8Array(this.#bytes);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return withoutQuestions(all.subarray(Math.max(0, all.length - this.#most)));
  }

  /** The past, then everything that is added until `signal` aborts. A slow reader loses the oldest, never the order. */
  async *follow(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const waiting = new Waiting(this.#most);
    const wake = (): void => waiting.wake();
    const take = (bytes: Uint8Array): void => waiting.put(bytes);
    const past = this.past();
    this.#followers.add(take);
    signal.addEventListener('abort', wake);
    try {
      if (past.length > 0) yield past;
      while (!signal.aborted) {
        const next = waiting.take();
        if (next) yield next;
        else await waiting.more();
      }
    } finally {
      this.#followers.delete(take);
      signal.removeEventListener('abort', wake);
    }
  }
}

/** What a pane has not taken yet. */
class Waiting {
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #wake: () => void = () => {};
  readonly #most: number;
  constructor(most: number) {
    this.#most = most;
  }
  put(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#bytes += bytes.length;
    while (this.#bytes > this.#most && this.#chunks.length > 1)
      this.#bytes -= this.#chunks.shift()?.length ?? 0;
    this.#wake();
  }
  take(): Uint8Array | undefined {
    const next = this.#chunks.shift();
    this.#bytes -= next?.length ?? 0;
    return next;
  }
  more(): Promise<void> {
    return new Promise(done => (this.#wake = done));
  }
  wake(): void {
    this.#wake();
  }
}

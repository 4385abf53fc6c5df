import type { OpenFile } from '../disk/open-file.ts';

/** A command was ended by a signal. */
export class Killed extends Error {
  readonly signal: string;
  constructor(signal: string) {
    super(signal);
    this.name = 'Killed';
    this.signal = signal;
  }
}

/** One end a descriptor can point at. `read` gives undefined at the end. */
export interface Ends {
  read?(signal: AbortSignal): Promise<Uint8Array | undefined>;
  write?(bytes: Uint8Array, signal: AbortSignal): Promise<void> | void;
  /** Takes back bytes that were read too far, for whoever reads next; without it they wait in the stream. */
  unread?(bytes: Uint8Array): void;
  closed?(): void;
  readonly tty?: boolean;
  readonly file?: OpenFile;
}

/** What a file descriptor points at; several descriptors and subshells may share one, and the last closes it. */
export class Stream {
  readonly #ends: Ends;
  #pushedBack: Uint8Array | undefined;
  #holders = 1;

  constructor(ends: Ends) {
    this.#ends = ends;
  }

  get tty(): boolean {
    return this.#ends.tty ?? false;
  }
  get file(): OpenFile | undefined {
    return this.#ends.file;
  }

  retain(): this {
    this.#holders += 1;
    return this;
  }
  release(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.#ends.closed?.();
  }

  async read(signal: AbortSignal): Promise<Uint8Array | undefined> {
    const before = this.#pushedBack;
    this.#pushedBack = undefined;
    return before ?? this.#ends.read?.(signal);
  }
  /** Gives back bytes that were read too far. */
  pushBack(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#ends.unread) this.#ends.unread(bytes);
    else this.#pushedBack = bytes;
  }
  /** Forgets what was given back. */
  discard(): void {
    this.#pushedBack = undefined;
  }
  async write(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    await this.#ends.write?.(bytes, signal);
  }
}

const room = 256 * 1024;

/** Rejects when `signal` fires, otherwise follows `promise`. */
export function until<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(killedBy(signal));
  return new Promise((resolve, reject) => {
    const stop = () => reject(killedBy(signal));
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

export const killedBy = (signal: AbortSignal): Killed =>
  signal.reason instanceof Killed ? signal.reason : new Killed('TERM');

/** A pipe: bytes wait in order, a writer waits while too many do, and one whose reader is gone gets SIGPIPE. */
export function pipe(): { readonly from: Stream; readonly to: Stream } {
  const waiting: Uint8Array[] = [];
  let bytes = 0;
  let writersGone = false;
  let readersGone = false;
  let wake: (() => void)[] = [];
  const news = () => {
    const all = wake;
    wake = [];
    for (const each of all) each();
  };
  const change = () => new Promise<void>(resolve => wake.push(resolve));
  const from = new Stream({
    async read(signal) {
      while (waiting.length === 0 && !writersGone) await until(change(), signal);
      const chunk = waiting.shift();
      bytes -= chunk?.length ?? 0;
      news();
      return chunk;
    },
    closed() {
      readersGone = true;
      news();
    },
  });
  const to = new Stream({
    async write(chunk, signal) {
      while (bytes > room && !readersGone) await until(change(), signal);
      if (readersGone) throw new Killed('PIPE');
      if (chunk.length === 0) return;
      waiting.push(chunk);
      bytes += chunk.length;
      news();
    },
    closed() {
      writersGone = true;
      news();
    },
  });
  return { from, to };
}

/** A stream over an opened file; the offset is shared by all who hold it, as after `dup`. */
export function fileStream(file: OpenFile, append = false): Stream {
  let offset = 0;
  return new Stream({
    file,
    read: async () => {
      const bytes = file.read(offset, 65536);
      offset += bytes.length;
      return bytes.length === 0 ? undefined : bytes.slice();
    },
    write: bytes => {
      if (append) offset = file.size;
      file.write(offset, bytes);
      offset += bytes.length;
    },
  });
}

/** A stream that gives these bytes and then ends. */
export function fixedStream(content: Uint8Array): Stream {
  let left: Uint8Array | undefined = content;
  return new Stream({
    read: async () => {
      const bytes = left;
      left = undefined;
      return bytes?.length === 0 ? undefined : bytes;
    },
  });
}

/** Collects what is written; `text` gives it. */
export function collector(): { readonly stream: Stream; bytes(): Uint8Array } {
  const parts: Uint8Array[] = [];
  return {
    stream: new Stream({ write: bytes => void parts.push(bytes) }),
    bytes: () => Buffer.concat(parts),
  };
}

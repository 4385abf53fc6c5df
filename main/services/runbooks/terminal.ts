import type { RunId } from '../../../preload/contract/ids.ts';
import { cancelled } from '../../../preload/contract/failure.ts';
import type { Files, LocalFile, Vault } from '../../ports.ts';

/**
 * The run's terminal on disk: records of four bytes length (big-endian) and so many bytes sealed by the vault, each bound
 * to the run and its place, so that records can neither be moved nor swapped. What a crash tore off at the end is cut.
 */
const headBytes = 4;
const recordBytes = 65_536;
/** More than this may not wait to be written; then whoever writes waits. */
const mostPending = 262_144;

const purpose = (run: RunId, nth: number): string => `terminal of run ${run}, part ${nth}`;

/** Where a run's terminal and other sealed files lie. */
export const runFolder = (runs: string, run: RunId): string => `${runs}/${run}`;
const terminalPath = (runs: string, run: RunId): string => `${runFolder(runs, run)}/terminal`;

/** Length of the sealed part of the record at `offset`; undefined when no whole record stands there. */
async function lengthAt(file: LocalFile, offset: number, end: number): Promise<number | undefined> {
  if (offset + headBytes > end) return undefined;
  const head = await file.read(offset, headBytes);
  if (head.length < headBytes) return undefined;
  const length = Buffer.from(head).readUInt32BE();
  return length > recordBytes * 2 || offset + headBytes + length > end ? undefined : length;
}

async function recordAt(file: LocalFile, offset: number, end: number): Promise<Uint8Array | undefined> {
  const length = await lengthAt(file, offset, end);
  if (length === undefined) return undefined;
  const sealed = await file.read(offset + headBytes, length);
  return sealed.length === length ? sealed : undefined;
}

/** The terminal of a run that is being worked on. */
export class RunTerminal {
  readonly #file: LocalFile;
  readonly #seal: (plain: Uint8Array, nth: number) => Uint8Array;
  #nth: number;
  #end: number;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #writing: Promise<void> | undefined;
  #closed = false;
  #broken: unknown;
  readonly #watchers = new Set<() => void>();

  private constructor(
    file: LocalFile,
    at: { nth: number; end: number },
    seal: (plain: Uint8Array, nth: number) => Uint8Array,
  ) {
    this.#file = file;
    this.#nth = at.nth;
    this.#end = at.end;
    this.#seal = seal;
  }

  /** Opens it at its end. Throws `vault-locked`. */
  static async open(files: Files, vault: Vault, runs: string, run: RunId): Promise<RunTerminal> {
    vault.seal(new Uint8Array(), purpose(run, 0));
    await files.makeFolder(runFolder(runs, run));
    const file = await files.open(terminalPath(runs, run), 'append');
    let nth = 0;
    let end = 0;
    for (;;) {
      const length = await lengthAt(file, end, file.held);
      if (length === undefined) break;
      end += headBytes + length;
      nth += 1;
    }
    if (end < file.held) await file.truncate(end);
    return new RunTerminal(file, { nth, end }, (plain, n) => vault.seal(plain, purpose(run, n)));
  }

  /** Bytes on disk; a reader may read so far. */
  get end(): number {
    return this.#end;
  }
  get closed(): boolean {
    return this.#closed;
  }
  /** Why nothing more is kept, when the laptop's disk would not take it. */
  get broken(): unknown {
    return this.#broken;
  }

  /** Takes bytes; the promise, when there is one, holds the sender back until the disk has caught up. */
  write(bytes: Uint8Array): Promise<void> | void {
    if (bytes.length === 0 || this.#broken !== undefined || this.#closed) return undefined;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    this.#writing ??= this.#drain();
    return this.#pendingBytes > mostPending ? this.#writing : undefined;
  }

  async #drain(): Promise<void> {
    try {
      while (this.#pendingBytes > 0) await this.#writeRecord(this.#take());
    } catch (thrown) {
      this.#broken = thrown;
      this.#pending = [];
      this.#pendingBytes = 0;
    } finally {
      this.#writing = undefined;
      this.#tell();
    }
  }

  #take(): Uint8Array {
    const all = Buffer.concat(this.#pending);
    const now = all.subarray(0, recordBytes);
    const rest = all.subarray(now.length);
    this.#pending = rest.length > 0 ? [rest] : [];
    this.#pendingBytes = rest.length;
    return now;
  }

  async #writeRecord(plain: Uint8Array): Promise<void> {
    const sealed = this.#seal(plain, this.#nth);
    const head = Buffer.alloc(headBytes);
    head.writeUInt32BE(sealed.length);
    await this.#file.append(Buffer.concat([head, sealed]));
    this.#nth += 1;
    this.#end += headBytes + sealed.length;
    this.#tell();
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher();
  }

  /** Everything taken so far is in the file (not yet synced). */
  async settled(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  /** Settles when more is on disk than `from`, or when it is closed. */
  async grown(from: number, signal: AbortSignal): Promise<void> {
    if (this.#end > from || this.#closed) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (this.#end > from || this.#closed) resolve();
    };
    const stop = (): void => {
      reject(cancelled('The terminal'));
    };
    this.#watchers.add(look);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      await promise;
    } finally {
      this.#watchers.delete(look);
      signal.removeEventListener('abort', stop);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    await this.settled();
    this.#closed = true;
    try {
      await this.#file.sync();
    } finally {
      await this.#file.close();
      this.#tell();
    }
  }
}

/**
 * A run's terminal from its beginning, then live while somebody works on it. One record is in memory at a time, however
 * slow the reader is. Ends quietly when the reader goes away.
 */
export async function* readTerminal(
  deps: { readonly files: Files; readonly vault: Vault; readonly runs: string },
  run: RunId,
  live: () => RunTerminal | undefined,
  signal: AbortSignal,
): AsyncGenerator<{ readonly bytes: Uint8Array }> {
  const { files, vault, runs } = deps;
  const writer = live();
  const path = terminalPath(runs, run);
  if (!(await files.stat(path))) return;
  const file = await files.open(path, 'read');
  try {
    let offset = 0;
    let nth = 0;
    while (!signal.aborted) {
      const end = writer ? writer.end : file.bytes;
      const sealed = await recordAt(file, offset, end);
      if (sealed) {
        yield { bytes: vault.open(sealed, purpose(run, nth)) };
        offset += headBytes + sealed.length;
        nth += 1;
      } else if (writer && !writer.closed) await writer.grown(offset, signal).catch(() => undefined);
      else if (!writer || offset >= writer.end) return;
    }
  } finally {
    await file.close();
  }
}

import { blocksOf } from '../files/scripts.ts';
import type { Carrier } from './carrier.ts';
import { fileFailure } from '../files/file-failures.ts';
import type { InOrder } from './in-order.ts';
import { changed } from '../files/transfer-failures.ts';

/** One block as `dd` reads it; blocks begin at multiples of this. */
const blockBytes = 512 * 1024;
/** Each lane has 2 MiB under way at most, the window of its channel. */
const lanes = 3;
/** How far lanes may run ahead of the oldest block that is missing: what a cut can cost is 4 MiB. */
const mostAhead = 8;

/** A file on the node that is to be fetched from some byte on. */
export interface Wanted {
  readonly carrier: Carrier;
  readonly path: string;
  readonly from: number;
  readonly bytes: number;
  readonly signal: AbortSignal;
  readonly as: 'login' | 'root';
  readonly tell: (done: number) => void;
}

interface Block {
  readonly index: number;
  readonly bytes: Buffer;
  filled: number;
}

/**
 * Fetches a file over several channels at once, for long paths, where one channel's window is less than the cable could
 * carry. Where the server lets only some of them open, those do all the work. Throws when the file ended too early.
 */
export async function overBlockLanes(wanted: Wanted, pieces: InOrder): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([wanted.signal, stop.signal]);
  const shelf = new Shelf(wanted, pieces);
  const running = Array.from({ length: lanes }, () => lane({ ...wanted, signal }, shelf));
  try {
    await Promise.all(running);
  } finally {
    // Nothing may arrive any more once this has ended.
    stop.abort();
    await Promise.allSettled(running);
    await shelf.end();
  }
}

/** One channel that is asked for block after block. */
async function lane({ carrier, path, signal, as }: Wanted, shelf: Shelf): Promise<void> {
  const mine: Block[] = [];
  const seen = watchForEnd(() => changed(carrier.name, path));
  const exit = await carrier.exec(blocksOf(path, blockBytes), {
    signal,
    as,
    keepBytes: 4096,
    stdin: asks(shelf, mine),
    onOutput: (stream, bytes) => (stream === 'stdout' ? fill(shelf, mine, bytes) : seen(bytes)),
  });
  // GNU dd refuses to skip behind the end of a file, busybox gives nothing.
  const ended = exit.code === 0 ? mine.length > 0 : exit.stderr.includes('cannot skip to specified offset');
  if (ended) throw changed(carrier.name, path);
  if (exit.code !== 0) throw fileFailure(carrier.name, path, exit);
}

/** Looks through what `dd` reports for a block that is not there: the file ends earlier than it did. */
function watchForEnd(ended: () => Error): (report: Uint8Array) => void {
  let last = '';
  return report => {
    last = last.slice(-40) + Buffer.from(report).toString();
    if (/(^|\n)0\+0 records out/.test(last)) throw ended();
  };
}

async function* asks(shelf: Shelf, mine: Block[]): AsyncGenerator<Uint8Array> {
  for (let block = await shelf.next(mine); block; block = await shelf.next(mine)) {
    mine.push(block);
    yield Buffer.from(`${block.index}\n`);
  }
}

function fill(shelf: Shelf, mine: Block[], bytes: Uint8Array): Promise<void> | undefined {
  let busy: Promise<void> | undefined;
  for (let at = 0; at < bytes.length;) {
    const block = mine[0];
    // More than was asked for: the file grows. Its hash will tell.
    if (!block) return busy;
    const piece = bytes.subarray(at, at + block.bytes.length - block.filled);
    block.bytes.set(piece, block.filled);
    block.filled += piece.length;
    at += piece.length;
    if (block.filled < block.bytes.length) continue;
    mine.shift();
    busy = shelf.full(block) ?? busy;
  }
  return busy;
}

/** Hands out blocks and passes full ones on in order. */
class Shelf {
  readonly #wanted: Wanted;
  readonly #pieces: InOrder;
  readonly #open = new Map<number, Block>();
  #next: number;
  #oldest: number;
  #writing: Promise<void> = Promise.resolve();
  #waiting: (() => void)[] = [];

  constructor(wanted: Wanted, pieces: InOrder) {
    this.#wanted = wanted;
    this.#pieces = pieces;
    this.#next = Math.floor(wanted.from / blockBytes);
    this.#oldest = this.#next;
  }

  /** The next block for a lane that still waits for these; nothing when all are given out. */
  async next(waitingFor: readonly Block[]): Promise<Block | undefined> {
    const start = (): number => this.#next * blockBytes;
    const tooFar = (): boolean =>
      this.#next >= this.#oldest + mostAhead || waitingFor.length * lanes >= mostAhead + 1;
    while (start() < this.#wanted.bytes && tooFar())
      await new Promise<void>(resolve => this.#waiting.push(resolve));
    if (start() >= this.#wanted.bytes) return undefined;
    const bytes = Buffer.allocUnsafeSlow(Math.min(blockBytes, this.#wanted.bytes - start()));
    const block = { index: this.#next++, bytes, filled: 0 };
    this.#open.set(block.index, block);
    return block;
  }

  /** A block is complete; a promise means that the laptop's disk is behind. */
  full(block: Block): Promise<void> | undefined {
    if (block.index === this.#oldest) this.#passOn();
    for (const go of this.#waiting.splice(0)) go();
    return this.#open.size >= mostAhead ? this.#writing : undefined;
  }

  #passOn(): void {
    let ready = this.#open.get(this.#oldest);
    while (ready && ready.filled === ready.bytes.length) {
      this.#open.delete(this.#oldest++);
      this.#write(ready);
      ready = this.#open.get(this.#oldest);
    }
  }

  #write({ index, bytes, filled }: Block): void {
    const start = index * blockBytes;
    const own = bytes.subarray(Math.max(0, this.#wanted.from - start), filled);
    const before = this.#writing;
    this.#writing = (async () => {
      await before;
      await this.#pieces.whole(own);
      this.#wanted.tell(Math.min(start + filled, this.#wanted.bytes - 1));
    })();
    this.#writing.catch(() => undefined);
  }

  /** Writes also what came of the oldest block, so that it need not come again. */
  async end(): Promise<void> {
    const begun = this.#open.get(this.#oldest);
    if (begun && this.#wanted.from < this.#oldest * blockBytes + begun.filled) this.#write(begun);
    this.#open.clear();
    await this.#writing;
  }
}

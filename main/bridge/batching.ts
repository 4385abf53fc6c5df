import type { FeedName } from '../../preload/contract/contract.ts';

/** How one kind of item carries terminal bytes. */
export interface Bytes<T> {
  /** The bytes of an item; undefined when it carries something else and must go by itself. */
  of(item: T): Uint8Array | undefined;
  item(bytes: Uint8Array): T;
}

export interface BatchOptions {
  /** Milliseconds between two frames of bytes. */
  readonly ms?: number;
  /** Most bytes in one frame. */
  readonly most?: number;
}

const late = Symbol('late');

/** What `promise` gives, or `late` when it takes longer or fails. The promise can be awaited again, and then throws. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | typeof late> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<typeof late>(done => {
    timer = setTimeout(done, Math.max(0, ms), late);
  });
  try {
    return await Promise.race([promise.catch((): typeof late => late), over]);
  } finally {
    clearTimeout(timer);
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Pieces of at most `most` bytes, each with a buffer of its own: a clone of a view copies all that lies under it. */
function* pieces(whole: Uint8Array, most: number): Generator<Uint8Array> {
  if (whole.length <= most) yield whole;
  else for (let at = 0; at < whole.length; at += most) yield whole.slice(at, at + most);
}

/**
 * Joins bytes that follow one another closely: at most one item every `ms`, none larger than `most`. A lone key press
 * is not held back. Reads ahead of its reader by one batch and one item, no further.
 */
export async function* batched<T>(
  source: AsyncIterable<T>,
  bytes: Bytes<T>,
  { ms = 16, most = 64 * 1024 }: BatchOptions = {},
): AsyncGenerator<T, void> {
  const iterator = source[Symbol.asyncIterator]();
  let coming: Promise<IteratorResult<T>> | undefined;
  let last = -Infinity;
  try {
    for (;;) {
      const first = await (coming ?? iterator.next());
      coming = undefined;
      if (first.done) return;
      const beginning = bytes.of(first.value);
      if (!beginning) {
        yield first.value;
        continue;
      }
      const batch = [beginning];
      const until = last + ms;
      for (let size = beginning.length; size < most;) {
        coming = iterator.next();
        const next = await within(coming, until - performance.now());
        const more = next === late || next.done ? undefined : bytes.of(next.value);
        if (!more) break;
        coming = undefined;
        batch.push(more);
        size += more.length;
      }
      for (const piece of pieces(joined(batch), most)) yield bytes.item(piece);
      last = performance.now();
    }
  } finally {
    await iterator.return?.();
  }
}

type AnyBytes = Bytes<unknown>;

/** The feeds that carry terminal bytes. */
const terminals: Partial<Record<FeedName, AnyBytes>> = {
  'run.terminal': {
    of: item => (item as { bytes: Uint8Array }).bytes,
    item: bytes => ({ bytes }),
  },
  'shell.open': {
    of: item => ((item as { is: string }).is === 'bytes' ? (item as { bytes: Uint8Array }).bytes : undefined),
    item: bytes => ({ is: 'bytes', bytes }),
  },
};

/** The feed as it goes over the bridge: terminal bytes in batches, everything else as it is. */
export function forTheBridge(name: FeedName, items: AsyncIterable<unknown>): AsyncIterable<unknown> {
  const bytes = terminals[name];
  return bytes ? batched(items, bytes) : items;
}

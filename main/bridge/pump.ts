import type { Credit } from './credit.ts';

const stopped = Symbol('stopped');

/** What `promise` gives, or `stopped` when the signal aborts first. A late rejection counts as handled. */
async function unlessStopped<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | typeof stopped> {
  if (signal.aborted) {
    promise.catch(() => {});
    return stopped;
  }
  const { promise: stop, resolve } = Promise.withResolvers<typeof stopped>();
  const onAbort = (): void => resolve(stopped);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, stop]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * Hands items on while there is credit: an item is pulled only when the listener has room for it, so a source that is
 * read from the network is held back. Ends when the source ends or the signal aborts, and lets the source clean up.
 */
export async function pump<T>(
  items: AsyncIterable<T>,
  credit: Credit,
  signal: AbortSignal,
  post: (item: T) => void,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  let atEnd = false;
  try {
    while (await credit.take(signal)) {
      const next = await unlessStopped(iterator.next(), signal);
      if (next === stopped) return;
      if (next.done) {
        atEnd = true;
        return;
      }
      post(next.value);
    }
  } catch (thrown) {
    // A source that is told to stop may say so by throwing; the listener asked for it.
    if (!signal.aborted) throw thrown;
  } finally {
    // Not awaited: a source still waiting for bytes settles when it has seen the signal.
    if (!atEnd) iterator.return?.().then(undefined, () => {});
  }
}

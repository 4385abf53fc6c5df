import { cancelled } from '../../../preload/contract/failure.ts';

/** Settles with `turn`, or fails at once when it is stopped before. */
async function unlessStopped(turn: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(cancelled('The work'));
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    await Promise.race([turn, stopped.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Lets one piece of work in at a time, in the order they came. One that is stopped while it waits never begins. */
export function turns(): <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    const before = last;
    const mine = unlessStopped(before, signal).then(work);
    // Whoever gave up waiting must not let the next one in before the one at work is done.
    last = Promise.allSettled([before, mine]);
    return mine;
  };
}

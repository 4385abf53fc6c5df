import { cancelled } from '../../../preload/contract/failure.ts';

/** Lets one piece of work in at a time, in the order they came. One that is stopped while it waits never begins. */
export function turns(): <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (signal, work) => {
    const mine = last.then(() => {
      if (signal.aborted) throw cancelled('The work');
      return work();
    });
    last = mine.catch(() => undefined);
    return mine;
  };
}

import type { Progress } from '../../../preload/contract/domain.ts';
import { pace } from '../../core/pace.ts';
import type { Clock, OnProgress } from '../../ports.ts';

/** Adds up the bytes of several jobs that run at once into one truthful progress. */
export interface Meter {
  /** A job's own report: how many of its bytes are done. */
  job(): (doneBytes: number) => void;
  /** What is said while it goes on. */
  says(what: string): void;
}

export function meter(clock: Clock, total: number, what: string, report: OnProgress): Meter {
  const done: number[] = [];
  const speed = pace(() => clock.monotonic());
  let saying = what;
  const tell = (): void => {
    const sum = Math.min(
      total,
      done.reduce((all, bytes) => all + bytes, 0),
    );
    const remainingSeconds = speed.remaining(sum, total);
    const progress: Progress = { what: saying, done: sum, total, unit: 'bytes' };
    report(remainingSeconds === undefined ? progress : { ...progress, remainingSeconds });
  };
  tell();
  return {
    job: () => {
      const at = done.push(0) - 1;
      return bytes => {
        done[at] = bytes;
        tell();
      };
    },
    says: next => {
      saying = next;
      tell();
    },
  };
}

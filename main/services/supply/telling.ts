import { pace } from '../../core/pace.ts';
import type { Clock, OnProgress } from '../../ports.ts';

/** Ten times a second is all an eye follows. */
const everyMs = 100;

/** Tells how far one part of the work is, in bytes; a remaining time only once it was measured. */
export function telling(
  what: string,
  clock: Clock,
  onProgress: OnProgress,
): (done: number, total: number) => void {
  const measured = pace(() => clock.monotonic());
  let told = Number.NEGATIVE_INFINITY;
  return (done, total) => {
    const now = clock.monotonic();
    if (now - told < everyMs && done < total) return;
    told = now;
    const remainingSeconds = measured.remaining(done, total);
    onProgress({
      what,
      done,
      total,
      unit: 'bytes',
      ...(remainingSeconds === undefined ? {} : { remainingSeconds }),
    });
  };
}

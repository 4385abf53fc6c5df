import { pace } from '../../core/pace.ts';
import type { Clock, OnProgress } from '../../ports.ts';

/** Ten times a second is all an eye follows; more often would only slow the transfer. */
const everyMs = 100;

/** Tells how far a transfer is, not too often, and always about its end. */
export function teller(
  what: string,
  total: number,
  clock: Clock,
  onProgress: OnProgress | undefined,
): (done: number) => void {
  if (!onProgress) return () => undefined;
  const measured = pace(() => clock.monotonic());
  let told = Number.NEGATIVE_INFINITY;
  return done => {
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

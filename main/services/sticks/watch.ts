import type { Stick } from '../../../preload/contract/domain.ts';
import type { Clock } from '../../ports.ts';

interface Looks {
  readonly clock: Clock;
  readonly glance: () => Promise<string>;
  readonly list: () => Promise<readonly Stick[]>;
}

const glanceEveryMs = 1000;
/** Free space, and what the kernel says of a drive, change without a sign. */
const lookEveryMs = 15_000;

/**
 * The list of sticks now, and again whenever it changed. The drives themselves are asked only after a glance at the system
 * differs, and every 15 s. Ends when `signal` is aborted; throws what listing throws.
 */
export async function* watchSticks(
  { clock, glance, list }: Looks,
  signal: AbortSignal,
): AsyncGenerator<readonly Stick[], void> {
  let glanced: string | undefined;
  let told: string | undefined;
  let lookedAt = -Infinity;
  let looks = 0;
  while (!signal.aborted) {
    const seen = await glance();
    // Label and file system are known a moment after the kernel named the drive: the next two looks are close ones too.
    if (seen !== glanced) looks = 3;
    else if (looks === 0 && clock.monotonic() - lookedAt >= lookEveryMs) looks = 1;
    glanced = seen;
    if (looks > 0) {
      looks -= 1;
      lookedAt = clock.monotonic();
      const now = await list();
      const text = JSON.stringify(now);
      if (text !== told && !signal.aborted) {
        told = text;
        yield now;
      }
    }
    await clock.sleep(glanceEveryMs, signal).catch(() => undefined);
  }
}

import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../ports.ts';

/** The laptop's own clock. `sleep` ends with an AbortError when its signal fires. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => wait(ms, undefined, { signal }),
};

import type { Progress } from '../../../preload/contract/domain.ts';

/** How far one step is: its weight, and what of it is done (0…1). */
export interface Weighed {
  readonly weight: number;
  readonly done: number;
}

/** Time that went into steps which really had something to do; steps that were already so cost nothing and tell nothing. */
export interface Pace {
  /** Weight worked off in this sitting. */
  readonly weight: number;
  readonly seconds: number;
}

/** Before this much was measured, no remaining time is named. */
const enough: Pace = { weight: 5, seconds: 3 };

/** Progress of a run in percent of its weight; the remaining time only once it can be measured. */
export function progressOf(what: string, steps: readonly Weighed[], pace: Pace): Progress {
  const total = steps.reduce((sum, step) => sum + step.weight, 0);
  const done = steps.reduce((sum, step) => sum + step.weight * step.done, 0);
  const percent = total === 0 ? 100 : Math.floor((1000 * done) / total) / 10;
  const known = pace.weight >= enough.weight && pace.seconds >= enough.seconds && done < total;
  return {
    what,
    done: percent,
    total: 100,
    unit: 'percent',
    ...(known && { remainingSeconds: Math.ceil(((total - done) * pace.seconds) / pace.weight) }),
  };
}

/** Weight of bringing a file: one unit is about a second, and a field link carries about 10 MB in one. */
export const weightOfBytes = (bytes: number): number => Math.max(1, Math.round(bytes / 10_000_000));

import { dayMatches } from '../../../preload/contract/coverage.ts';
import type { Schedule } from '../../../preload/contract/coverage.ts';

const [minute, day] = [60_000, 86_400_000];
/** More than any retention in use; a schedule of every minute would give half a million a year. */
const mostTimes = 2000;

/** From when until when, in milliseconds since 1970, and how far the node's own time is from UTC, in minutes. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly utcOffset: number;
}

/**
 * The newest times within a span at which a schedule fires, oldest first. A change to summer time within the span moves
 * those before it by an hour. Of `@every` nobody but K3s knows when it began to count: it gives none.
 */
export function dueTimes(plan: Schedule, { from, to, utcOffset }: Span): readonly number[] {
  if (plan.is === 'every') return [];
  const [minutes, hours] = plan.fields;
  const offset = utcOffset * minute;
  const times: number[] = [];
  for (let at = Math.floor((to + offset) / day) * day; at > from + offset - day; at -= day) {
    if (!dayMatches(plan.fields, new Date(at))) continue;
    for (const hour of [...hours.values].toSorted((a, b) => b - a))
      for (const each of [...minutes.values].toSorted((a, b) => b - a)) {
        const time = at + hour * 60 * minute + each * minute - offset;
        if (time >= from && time <= to) times.push(time);
        if (times.length >= mostTimes) return times.toReversed();
      }
  }
  return times.toReversed();
}

/** A snapshot takes a while to be made, and K3s waits up to five seconds before it begins. */
const late = 30 * minute;

/**
 * Times that should have left a snapshot and did not, oldest first. Only what the retention still keeps is looked at, and
 * nothing before the first snapshot there is: K3s may have been installed only then.
 */
export function missedTimes(
  plan: Schedule,
  {
    retention,
    taken,
    now,
    utcOffset,
  }: {
    readonly retention: number;
    /** When the scheduled snapshots on the node were taken. */
    readonly taken: readonly number[];
    readonly now: number;
    readonly utcOffset: number;
  },
): readonly number[] {
  if (taken.length === 0) return [];
  const due = dueTimes(plan, { from: Math.min(...taken) - minute, to: now - late, utcOffset });
  return due
    .slice(-retention)
    .filter(time => !taken.some(each => each >= time - minute && each <= time + late));
}

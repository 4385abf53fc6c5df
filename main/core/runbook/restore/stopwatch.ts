import type { JournalLine } from '../step.ts';
import { told } from '../step.ts';

/** How long a restore took: from the first change on a node until what came out of it was seen to hold. */
export interface Stopwatch {
  /** The moment of the first change, as an instant. */
  readonly from: string;
  /** Seconds, whole; interruptions and waiting for the technician are part of it, as they are of a real outage. */
  readonly seconds: number;
  /** Seconds of these in which the run did not work: between a break and its continuation. */
  readonly idleSeconds: number;
}

/** Steps after which the cluster is known to work; what comes later only tidies up. The last one counts. */
const proving = ['compared', 'pods', 'agents-left', 'works'];

const secondsBetween = (from: string, until: string): number =>
  Math.max(0, Math.round((Date.parse(until) - Date.parse(from)) / 1000));

/** Reads the stopwatch off a run's journal; undefined when it changed nothing, or never came to its proof. */
export function stopwatch(lines: readonly JournalLine[]): Stopwatch | undefined {
  const changing = new Set(told(lines).heads.flatMap(({ id, changes }) => (changes ? [id] : [])));
  const standing = lines.flatMap(({ at, step, entry }) =>
    entry.is === 'stood' && step !== undefined ? [{ at, step, is: entry.standing }] : [],
  );
  const from = standing.find(({ step, is }) => is === 'applying' && changing.has(step))?.at;
  const until = proving
    .map(id => standing.findLast(({ step, is }) => step === id && is === 'passed')?.at)
    .find(at => at !== undefined);
  if (from === undefined || until === undefined || until < from) return undefined;
  return { from, seconds: secondsBetween(from, until), idleSeconds: idleBetween(lines, from, until) };
}

function idleBetween(lines: readonly JournalLine[], from: string, until: string): number {
  let [idle, since] = [0, undefined as string | undefined];
  for (const { at, entry } of lines) {
    if (at < from || at > until) continue;
    if (entry.is === 'ended') since ??= at;
    else if (since !== undefined) {
      idle += secondsBetween(since, at);
      since = undefined;
    }
  }
  return idle;
}

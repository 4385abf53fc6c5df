import { coverage, schedule } from '../../../preload/contract/coverage.ts';
import type { NodeSnapshot, Snapshot } from '../../../preload/contract/domain.ts';
import type { GapWatch } from '../../../preload/contract/snapshots/gap.ts';
import { mebibytes } from '../bag-space.ts';
import { missedTimes } from './due.ts';
import type { ScheduleOnNode } from './on-node.ts';
import { proposed } from './proposal.ts';

export interface GapSeen {
  readonly node: Pick<GapWatch, 'node' | 'nodeName'>;
  readonly now: Date;
  readonly onNode: ScheduleOnNode;
  /** All snapshots the node lists. */
  readonly snapshots: readonly NodeSnapshot[];
  /** Copies on the laptop that were measured to be good, of this site. */
  readonly proven: readonly Snapshot[];
  readonly daysWanted: number;
  /** When the last export went out, if any did. */
  readonly lastExport?: Date | undefined;
  /** Free on the node's disk besides what K3s needs to save one, in bytes; absent when it could not be measured. */
  readonly freeBytes?: number | undefined;
}

const [hour, day] = [3_600_000, 86_400_000];

/** How far the snapshots of a server reach, and what is missing: a pure sum of what was seen. */
export function gapOf(seen: GapSeen): GapWatch {
  const { onNode, now, daysWanted, snapshots } = seen;
  const scheduled = snapshots.filter(({ name, error }) => name.startsWith(onNode.prefix) && !error);
  const taken = scheduled.map(({ createdAt }) => Date.parse(createdAt)).filter(time => !Number.isNaN(time));
  const all = snapshots.map(({ createdAt }) => Date.parse(createdAt)).filter(time => !Number.isNaN(time));
  const bytesEach = newest(snapshots)?.bytes;
  const takes = !onNode.disabled && onNode.schedule.retention > 0;
  const { cron, retention } = onNode.schedule;
  const plan = schedule(cron);
  const sum = takes ? coverage(cron, retention, daysWanted) : undefined;
  const missed =
    takes && plan
      ? missedTimes(plan, { retention, taken, now: now.getTime(), utcOffset: onNode.utcOffset })
      : [];
  const covered = sum ? Math.min(daysWanted, Math.floor((sum.coversHours.least / 24) * 10) / 10) : 0;
  const verdict = sum?.enough === true ? 'covered' : takes ? 'gap' : 'none';
  const room =
    seen.freeBytes === undefined || bytesEach === undefined
      ? undefined
      : { bytes: seen.freeBytes + taken.length * bytesEach, each: bytesEach };
  const better =
    verdict === 'covered' ? undefined : proposed(takes ? onNode.schedule : undefined, daysWanted, room);
  const copy = newest(seen.proven);
  return {
    ...seen.node,
    at: now.toISOString(),
    ...(takes && { schedule: onNode.schedule }),
    ...(sum && { reaches: { leastHours: sum.coversHours.least, mostHours: sum.coversHours.most } }),
    daysWanted,
    daysCovered: covered,
    ...(seen.lastExport && {
      nextSupplyRun: new Date(seen.lastExport.getTime() + daysWanted * day).toISOString(),
    }),
    onNode: snapshots.length,
    ...(all.length > 0 && { oldestOnNode: new Date(Math.min(...all)).toISOString() }),
    missed: missed.slice(-20).map(time => new Date(time).toISOString()),
    ...(copy && {
      newestCopy: {
        snapshot: copy.id,
        name: copy.name,
        savedAt: copy.savedAt,
        ageHours: Math.round(((now.getTime() - Date.parse(copy.savedAt)) / hour) * 10) / 10,
      },
    }),
    ...(seen.freeBytes !== undefined && { freeBytes: seen.freeBytes }),
    ...(bytesEach !== undefined && { bytesEach }),
    verdict,
    says: saysOf(verdict, onNode, sum, covered, daysWanted),
    warnings: warningsOf(seen, missed.length, copy, better !== undefined || verdict === 'covered'),
    ...(better && {
      proposal: {
        ...better,
        says: `Keep ${better.retention} snapshots of the schedule “${better.cron}”${costOf(better.retention, bytesEach)}.`,
      },
    }),
  };
}

function newest<T extends NodeSnapshot | Snapshot>(all: readonly T[]): T | undefined {
  const time = (one: T): string => ('savedAt' in one ? one.savedAt : one.createdAt);
  return all.toSorted((a, b) => time(b).localeCompare(time(a)))[0];
}

const costOf = (retention: number, each: number | undefined): string =>
  each === undefined || each === 0 ? '' : `: about ${mebibytes(retention * each)} on the node`;

function saysOf(
  verdict: GapWatch['verdict'],
  { disabled, schedule: { cron, retention } }: ScheduleOnNode,
  sum: ReturnType<typeof coverage>,
  covered: number,
  days: number,
): string {
  if (verdict === 'none')
    return disabled
      ? 'K3s takes no snapshots by itself here: etcd-disable-snapshots is set.'
      : 'K3s keeps no scheduled snapshot here: etcd-snapshot-retention is 0.';
  if (!sum)
    return `The schedule “${cron}” cannot be read, or fires too seldom to count on. No day can be said to be covered.`;
  if (verdict === 'covered') return sum.says;
  const { least, most } = sum.coversHours;
  const hours = (value: number): string => String(Math.round(value * 10) / 10);
  return `${retention} snapshot${retention === 1 ? '' : 's'} of “${cron}” are kept: the oldest is ${hours(least)} to ${hours(most)} hours old. Of the ${days} days between two supply runs ${covered} are covered.`;
}

function warningsOf(
  { daysWanted, lastExport, now, snapshots, onNode }: GapSeen,
  missed: number,
  copy: Snapshot | undefined,
  canBeCovered: boolean,
): readonly string[] {
  const age = copy && (now.getTime() - Date.parse(copy.savedAt)) / day;
  return [
    ...(missed > 0
      ? [
          `${missed} scheduled snapshot${missed === 1 ? ' is' : 's are'} missing among those that should be kept: K3s was down, or could not save. Look at its journal.`,
        ]
      : []),
    ...(snapshots.length === 0 ? ['There is no snapshot on the node at all. Take one now.'] : []),
    ...(age === undefined
      ? ['No good copy is off the node: when its disk dies, everything is lost. Pull one now.']
      : age > daysWanted
        ? [`The newest good copy off the node is ${Math.floor(age)} days old. Pull a newer one.`]
        : []),
    ...(lastExport && now.getTime() > lastExport.getTime() + daysWanted * day
      ? ['The supply run is overdue: what the node keeps may not reach back to the last one.']
      : []),
    ...(canBeCovered
      ? []
      : [
          'The node’s disk has no room for the snapshots of all these days. Pull them at every visit, or free space.',
        ]),
    ...(onNode.elsewhere.length > 0
      ? [`The schedule is set in ${onNode.elsewhere.join(' and ')}, which wins over config.yaml.`]
      : []),
  ];
}

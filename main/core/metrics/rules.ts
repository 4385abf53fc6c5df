import type { MetricsFinding, MetricsLine } from '../../../preload/contract/metrics.ts';
import type { SeriesAsk } from './ask.ts';
import { noDisk } from './overview.ts';
import { namedIn } from './series-name.ts';

/** What a rule is held against. */
export interface RuleContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** When somebody is at the site again. */
  readonly nextVisit: number;
}

type RuleAsk = Pick<SeriesAsk, 'series' | 'as' | 'job'>;

interface Rule {
  readonly name: string;
  /** What is judged, line by line. */
  readonly asks: readonly RuleAsk[];
  /** What it is compared with. */
  readonly beside?: readonly RuleAsk[];
  /** How far back it looks, in hours. */
  readonly hours: number;
  /** What is wrong with a line; nothing when it is well. */
  readonly find: (
    line: MetricsLine,
    context: RuleContext,
    others: readonly MetricsLine[],
  ) => Found | undefined;
}
type Found = Pick<MetricsFinding, 'grade' | 'says' | 'next'>;

const dayMs = 86_400_000;
const hourMs = 3_600_000;

const known = (values: readonly (number | null)[]): number[] => values.filter(value => value !== null);
const last = (line: MetricsLine): number | undefined => known(line.values).at(-1);
const most = (line: MetricsLine): number => Math.max(...known(line.high));
const label = (line: MetricsLine, name: string): string =>
  namedIn(line.name)?.labels.find(([key]) => key === name)?.[1] ?? '';
const days = (ms: number): string => {
  const count = ms / dayMs;
  return count < 2 ? `${Math.max(0, Math.round(ms / hourMs))} hours` : `${Math.round(count)} days`;
};
const ms = (seconds: number): string => `${(seconds * 1000).toFixed(seconds < 0.1 ? 1 : 0)} ms`;
const half = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/**
 * When a falling value comes to nothing, by the straight line through its points (Theil and Sen: the median of the slopes,
 * so that one deleted file does not turn it). Nothing when it does not fall, or was watched too shortly to tell.
 */
export function runsOutAt(
  line: Pick<MetricsLine, 'times' | 'values'>,
  leastMs = 6 * hourMs,
): number | undefined {
  const points = line.times.flatMap((at, i) => {
    const value = line.values[i];
    return value === null || value === undefined ? [] : [{ at, value }];
  });
  const [first, end] = [points[0], points.at(-1)];
  if (!first || !end || points.length < 8 || end.at - first.at < leastMs) return undefined;
  const step = Math.max(1, Math.floor(points.length / 60));
  const some = points.filter((_, i) => i % step === 0);
  const slopes = some.flatMap((a, i) => some.slice(i + 1).map(b => (b.value - a.value) / (b.at - a.at)));
  const slope = half(slopes);
  return slope < 0 ? end.at - end.value / slope : undefined;
}

const rules: readonly Rule[] = [
  {
    name: 'scrape-fails',
    asks: [{ series: 'up', as: 'value' }],
    hours: 1,
    find: line =>
      last(line) === 0
        ? {
            grade: 'warn',
            says: `The metrics of ${line.job} could not be read when it was last tried.`,
            next: 'Look at the recorder’s list for the reason.',
          }
        : undefined,
  },
  {
    name: 'fsync-slow',
    asks: [{ series: 'etcd_disk_wal_fsync_duration_seconds_bucket', as: { quantile: 0.99 } }],
    hours: 1,
    find: line => {
      const typical = half(known(line.values));
      if (typical <= 0.01) return undefined;
      return {
        grade: typical > 0.1 ? 'bad' : 'warn',
        says: `etcd waits ${ms(typical)} for its disk (99 of 100 writes are faster); 10 ms is what it needs.`,
        next: 'A slow or worn disk makes the cluster lose its leader. Look at the disk’s wear and at what else writes to it.',
      };
    },
  },
  {
    name: 'commit-slow',
    asks: [{ series: 'etcd_disk_backend_commit_duration_seconds_bucket', as: { quantile: 0.99 } }],
    hours: 1,
    find: line => {
      const typical = half(known(line.values));
      if (typical <= 0.025) return undefined;
      return {
        grade: 'warn',
        says: `etcd needs ${ms(typical)} to write its database; 25 ms is what it should need.`,
        next: 'Look at the disk’s wear and at what else writes to it.',
      };
    },
  },
  {
    name: 'db-near-quota',
    asks: [{ series: 'etcd_mvcc_db_total_size_in_bytes', as: 'value' }],
    beside: [{ series: 'etcd_server_quota_backend_bytes', as: 'value' }],
    hours: 1,
    find: (line, _, others) => {
      const quota = others.find(
        each => each.node === line.node && each.name.startsWith('etcd_server_quota_backend_bytes'),
      );
      const limit = (quota && last(quota)) ?? 0;
      const size = last(line) ?? 0;
      if (limit <= 0 || size < 0.8 * limit) return undefined;
      return {
        grade: size > 0.95 * limit ? 'bad' : 'warn',
        says: `etcd’s database fills ${Math.round((100 * size) / limit)} % of what it may. At 100 % the cluster accepts no changes any more.`,
        next: 'Ask the doctor: it offers to defragment it, or to raise the limit.',
      };
    },
  },
  {
    name: 'leader-changes',
    asks: [{ series: 'etcd_server_leader_changes_seen_total', as: 'value' }],
    hours: 24,
    find: line => {
      const seen = known(line.high);
      const changes = (seen.at(-1) ?? 0) - (seen[0] ?? 0);
      return changes >= 3
        ? {
            grade: 'warn',
            says: `The servers chose another leader ${changes} times within a day.`,
            next: 'Look at the disks’ fsync times and at the network between the servers.',
          }
        : undefined;
    },
  },
  {
    name: 'no-leader',
    asks: [{ series: 'etcd_server_has_leader', as: 'value' }],
    hours: 1,
    find: line =>
      last(line) === 0
        ? {
            grade: 'bad',
            says: 'This server’s etcd has no leader: the cluster cannot be changed.',
            next: 'Ask the doctor.',
          }
        : undefined,
  },
  {
    name: 'certificate-ends',
    asks: [{ series: 'coldstart_certificate_not_after_seconds', as: 'left' }],
    hours: 2,
    find: (line, { now, nextVisit }) => {
      const left = (last(line) ?? Infinity) * 1000;
      if (left > nextVisit + 14 * dayMs - now) return undefined;
      const subject = label(line, 'file');
      return left <= 0
        ? {
            grade: 'bad',
            says: `The certificate ${subject} has expired.`,
            next: 'Ask the doctor: it offers to renew it.',
          }
        : {
            grade: now + left < nextVisit ? 'bad' : 'warn',
            says: `The certificate ${subject} expires in ${days(left)}.`,
            next: 'Restart K3s on this visit: it renews its certificates by itself in the last 120 days.',
          };
    },
  },
  {
    name: 'disk-fills',
    asks: [{ series: `node_filesystem_avail_bytes{fstype!~"${noDisk}"}`, as: 'value' }],
    beside: [{ series: `node_filesystem_size_bytes{fstype!~"${noDisk}"}`, as: 'value' }],
    hours: 72,
    find: (line, { nextVisit, now }, others) => {
      const where = label(line, 'mountpoint');
      const size = others.find(
        each =>
          each.node === line.node &&
          each.name.startsWith('node_filesystem_size_bytes') &&
          label(each, 'mountpoint') === where,
      );
      const free = last(line) ?? 0;
      const share = size ? free / Math.max(1, last(size) ?? 1) : 1;
      if (share < 0.1)
        return {
          grade: share < 0.03 ? 'bad' : 'warn',
          says: `The disk at ${where} has ${Math.round(share * 100)} % left.`,
          next: 'Ask the doctor: it shows what can go.',
        };
      const at = runsOutAt(line);
      return at !== undefined && at < nextVisit
        ? {
            grade: 'warn',
            says: `The disk at ${where} will be full in about ${days(at - now)}, before anybody is here again.`,
            next: 'Ask the doctor: it shows what can go.',
          }
        : undefined;
    },
  },
  {
    name: 'read-only',
    asks: [{ series: `node_filesystem_readonly{fstype!~"${noDisk}"}`, as: 'value' }],
    hours: 1,
    find: line =>
      last(line) === 1
        ? {
            grade: 'bad',
            says: `The disk at ${label(line, 'mountpoint')} is read-only.`,
            next: 'Ask the doctor: a card or disk that turned read-only is dying.',
          }
        : undefined,
  },
  {
    name: 'clock-off',
    asks: [
      { series: 'node_timex_offset_seconds', as: 'value' },
      { series: 'coldstart_clock_offset_seconds', as: 'value' },
    ],
    hours: 1,
    find: line => {
      const off = Math.abs(last(line) ?? 0);
      const besideOurs = line.name.startsWith('coldstart_');
      return off > 0.5
        ? {
            grade: off > 10 ? 'bad' : 'warn',
            says: besideOurs
              ? `The clocks of the node and of this laptop are ${off.toFixed(1)} seconds apart.`
              : `The node’s clock is ${off.toFixed(1)} seconds off.`,
            next: besideOurs
              ? 'Find out which of the two is right, set the other, and look for what should have kept it right.'
              : 'Set it, and look for what should have kept it right.',
          }
        : undefined;
    },
  },
  {
    name: 'memory-low',
    asks: [{ series: 'node_memory_MemAvailable_bytes', as: 'value' }],
    beside: [{ series: 'node_memory_MemTotal_bytes', as: 'value' }],
    hours: 1,
    find: (line, _, others) => {
      const total = others.find(
        each => each.node === line.node && each.name === 'node_memory_MemTotal_bytes',
      );
      const share = (last(line) ?? 0) / Math.max(1, (total && last(total)) ?? 1);
      return total && share < 0.05
        ? {
            grade: 'warn',
            says: `Only ${Math.round(share * 100)} % of the node’s memory is left.`,
            next: 'See what uses it (the charts of the containers), before the kernel ends something.',
          }
        : undefined;
    },
  },
  {
    name: 'hot',
    asks: [{ series: 'node_hwmon_temp_celsius', as: 'value' }],
    hours: 1,
    find: line =>
      most(line) >= 85
        ? {
            grade: 'warn',
            says: `A sensor of the node was at ${Math.round(most(line))} °C.`,
            next: 'Look at fans, filters and the air around it.',
          }
        : undefined,
  },
  {
    name: 'worn',
    asks: [
      { series: 'coldstart_emmc_life_used_ratio', as: 'value' },
      { series: 'smartctl_device_percentage_used', as: 'value' },
    ],
    hours: 24,
    find: line => {
      const value = last(line) ?? 0;
      const used = line.name.startsWith('smartctl') ? value / 100 : value;
      return used >= 0.8
        ? {
            grade: used >= 1 ? 'bad' : 'warn',
            says: `${label(line, 'device') || 'A disk'} has used ${Math.round(used * 100)} % of its life.`,
            next: 'Bring another disk on the next supply run, and take a snapshot off this node today.',
          }
        : undefined;
    },
  },
  {
    name: 'wan-down',
    asks: [{ series: 'coldstart_wan_up', as: 'value' }],
    hours: 1,
    find: line =>
      last(line) === 0
        ? {
            grade: 'warn',
            says: `${label(line, 'target') || 'The way out'} does not answer.`,
            next: 'The site works without it; what waits for the outside does not.',
          }
        : undefined,
  },
];

/** The questions the rules ask, in an order `findingsIn` knows. */
export const ruleAsks = (now: number): readonly SeriesAsk[] =>
  rules.flatMap(({ asks, beside = [], hours }) =>
    [...asks, ...beside].map((ask): SeriesAsk => ({
      ...ask,
      from: now - hours * hourMs,
      to: now,
      points: 120,
    })),
  );

/** Holds the rules against the answers to `ruleAsks`. The gravest first. */
export function findingsIn(
  answers: readonly { readonly lines: readonly MetricsLine[] }[],
  context: RuleContext,
): readonly MetricsFinding[] {
  const found: MetricsFinding[] = [];
  let next = 0;
  const taken = (count: number): readonly MetricsLine[] =>
    answers.slice(next, (next += count)).flatMap(({ lines }) => lines);
  for (const { name, asks, beside = [], find } of rules) {
    const judged = taken(asks.length);
    const others = taken(beside.length);
    for (const line of judged) {
      const says = known(line.values).length === 0 ? undefined : find(line, context, others);
      if (says) found.push({ rule: name, instance: line.instance, seen: line.name, ...says });
    }
  }
  return found.toSorted((a, b) => Number(b.grade === 'bad') - Number(a.grade === 'bad'));
}

import { parse } from 'yaml';
import type { SnapshotSchedule } from '../../../preload/contract/snapshots/gap.ts';

/** What one server says of its snapshot schedule. */
export interface ScheduleOnNode {
  readonly schedule: SnapshotSchedule;
  /** K3s takes none by itself. */
  readonly disabled: boolean;
  /** What names of scheduled snapshots begin with. */
  readonly prefix: string;
  /** Of the node's own time, in minutes. */
  readonly utcOffset: number;
  /** Files besides config.yaml, or the unit, that set the schedule: they win over it. */
  readonly elsewhere: readonly string[];
}

/** K3s' own (k3s `pkg/cli/cmds/server.go`). */
const byDefault = { cron: '0 */12 * * *', retention: 5, prefix: 'etcd-snapshot' };

/** Keys of K3s' configuration that say when and how it takes snapshots. None of them is a secret. */
export const scheduleKeys = [
  'etcd-snapshot-schedule-cron',
  'etcd-snapshot-retention',
  'etcd-snapshot-name',
  'etcd-disable-snapshots',
] as const;

const mainFile = '/etc/rancher/k3s/config.yaml';

/**
 * Reads what the look at a node printed: `offset +0200`, then for each setting `FILE<tab>KEY: VALUE`, in the order in
 * which K3s reads them, so the last one counts.
 */
export function scheduleFrom(stdout: string): ScheduleOnNode {
  const set = new Map<string, unknown>();
  const elsewhere = new Set<string>();
  let utcOffset = 0;
  for (const line of stdout.split('\n')) {
    const [, sign, hours, minutes] = /^offset ([+-])(\d\d)(\d\d)$/.exec(line) ?? [];
    if (sign !== undefined) utcOffset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
    const [file = '', text] = line.split('\t');
    const found = text === undefined ? undefined : yamlPair(text);
    if (!found) continue;
    set.set(...found);
    if (file !== mainFile && /schedule-cron|retention/.test(found[0])) elsewhere.add(file);
  }
  const text = (key: string, other: string): string => {
    const value = set.get(key);
    return typeof value === 'string' && value !== '' ? value : other;
  };
  const kept = Number(set.get('etcd-snapshot-retention'));
  return {
    schedule: {
      cron: text('etcd-snapshot-schedule-cron', byDefault.cron),
      retention: Number.isInteger(kept) && kept >= 0 ? kept : byDefault.retention,
    },
    disabled: String(set.get('etcd-disable-snapshots')) === 'true',
    prefix: `${text('etcd-snapshot-name', byDefault.prefix)}-`,
    utcOffset,
    elsewhere: [...elsewhere],
  };
}

function yamlPair(text: string): [string, unknown] | undefined {
  try {
    const [pair] = Object.entries((parse(text) ?? {}) as Record<string, unknown>);
    return pair;
  } catch {
    return undefined;
  }
}

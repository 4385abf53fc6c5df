import { coverage } from '../../../preload/contract/coverage.ts';
import type { SnapshotSchedule } from '../../../preload/contract/snapshots/gap.ts';

/** What scheduled snapshots may take on the node's disk, and what one takes, in bytes. */
export interface SnapshotRoom {
  readonly bytes: number;
  readonly each: number;
}

/** More than this K3s lists slowly, and nobody looks through. */
const mostKept = 200;

/** How many must be kept so that `days` are covered and a supply run may come one snapshot late. */
function retentionFor(cron: string, days: number): number | undefined {
  const sum = coverage(cron, 1, days);
  if (!sum) return undefined;
  const kept = (sum.enough ? 1 : (sum.retentionWanted ?? mostKept + 1)) + 1;
  return kept <= mostKept ? kept : undefined;
}

const fits = (retention: number, room: SnapshotRoom | undefined): boolean =>
  room === undefined || retention * room.each <= room.bytes;

/**
 * The schedule that covers all days between two supply runs: the present times where enough of them can be kept, else
 * fewer times a day. Undefined when the disk holds none that would.
 */
export function proposed(
  present: SnapshotSchedule | undefined,
  days: number,
  room?: SnapshotRoom,
): SnapshotSchedule | undefined {
  const crons = new Set([...(present ? [present.cron] : []), '0 */12 * * *', '0 0 * * *']);
  for (const cron of crons) {
    const retention = retentionFor(cron, days);
    if (retention !== undefined && fits(retention, room)) return { cron, retention };
  }
  return undefined;
}

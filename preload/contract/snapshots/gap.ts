import { call } from '../call.ts';
import type { Instant } from '../domain.ts';
import { nodeId } from '../ids.ts';
import type { NodeId, SnapshotId } from '../ids.ts';
import { shape } from '../parse.ts';

/** When K3s takes snapshots on one server, and how many it keeps. */
export interface SnapshotSchedule {
  /** As K3s reads it: five fields of cron, or `@every 6h`. */
  readonly cron: string;
  readonly retention: number;
}

/** What could be changed so that a whole supply run is covered. */
export interface GapProposal extends SnapshotSchedule {
  readonly says: string;
}

/** How far back the snapshots of one server reach, against the days between two supply runs. */
export interface GapWatch {
  readonly node: NodeId;
  readonly nodeName: string;
  readonly at: Instant;
  /** Absent when K3s takes none by itself. */
  readonly schedule?: SnapshotSchedule;
  /** Age of the oldest scheduled snapshot K3s keeps, in hours: right after one is taken, and right before. */
  readonly reaches?: { readonly leastHours: number; readonly mostHours: number };
  /** Days between two supply runs, and how many of them the schedule covers: 0 … daysWanted, to a tenth. */
  readonly daysWanted: number;
  readonly daysCovered: number;
  /** When the next supply run is due, by the last export and the days between; absent before the first export. */
  readonly nextSupplyRun?: Instant;
  /** Snapshots on the node now, and the oldest of them. */
  readonly onNode: number;
  readonly oldestOnNode?: Instant;
  /** Times within what the schedule keeps at which one should have been taken and is not there. At most 20. */
  readonly missed: readonly Instant[];
  /** The newest copy on the laptop that was measured to be intact. */
  readonly newestCopy?: {
    readonly snapshot: SnapshotId;
    readonly name: string;
    readonly savedAt: Instant;
    readonly ageHours: number;
  };
  /** Free for snapshots on the node, after what K3s needs to save one. */
  readonly freeBytes?: number;
  /** Of the newest on the node. */
  readonly bytesEach?: number;
  /** `covered`: every day is · `gap`: some days are not · `none`: K3s takes no snapshots, or keeps none. */
  readonly verdict: 'covered' | 'gap' | 'none';
  /** The verdict in a sentence or two. */
  readonly says: string;
  readonly warnings: readonly string[];
  /** What the remedy `snapshot-schedule` would propose. */
  readonly proposal?: GapProposal;
}

export const gapCalls = {
  /** Looks at a server, changes nothing. Throws `refused` where K3s is no server with an etcd of its own. */
  'snapshot.gap': call<GapWatch>()(shape({ node: nodeId })),
} as const;

import type { NodeSnapshot, Snapshot } from '../../../preload/contract/domain.ts';
import type { NodeId, SiteId, SnapshotId } from '../../../preload/contract/ids.ts';
import type { Link, OnProgress } from '../../ports.ts';

/** What other services may ask about snapshots. */
export interface Snapshots {
  /** Throws `no-such-thing`. */
  get(id: SnapshotId): Snapshot;
  /** Newest first. */
  ofSite(id: SiteId): readonly Snapshot[];
  ofNode(id: NodeId): readonly Snapshot[];
  /** Takes one on the node through an open link. */
  takeOver(link: Link, node: NodeId, signal: AbortSignal): Promise<NodeSnapshot>;
  /** Pulls one through an open link and checks it; resumes a broken pull. */
  pullOver(
    link: Link,
    node: NodeId,
    snapshot: NodeSnapshot,
    signal: AbortSignal,
    onProgress: OnProgress,
  ): Promise<Snapshot>;
}

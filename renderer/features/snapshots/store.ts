import { createStore } from 'zustand/vanilla';
import type { NodeSnapshot, Snapshot } from '../../../preload/contract/domain.ts';
import type { NodeId, SiteId } from '../../../preload/contract/ids.ts';
import type { Loadable } from '../../ui/loadable.ts';
import { unloaded } from '../../ui/loadable.ts';

export interface SnapshotsState {
  readonly kept: Loadable<readonly Snapshot[]>;
  /** What each node listed when it was last asked, in this session. */
  readonly onNode: Readonly<Record<NodeId, readonly NodeSnapshot[]>>;
  readonly node?: NodeId;
}

export const snapshotsStore = () => createStore<SnapshotsState>(() => ({ kept: unloaded, onNode: {} }));

/** Of one site, newest first. */
export const keptOf = (
  kept: readonly Snapshot[] | undefined,
  site: SiteId | undefined,
): readonly Snapshot[] =>
  (kept ?? []).filter(each => each.site === site).toSorted((a, b) => b.savedAt.localeCompare(a.savedAt));

export const newestSaved = (listed: readonly NodeSnapshot[]): readonly NodeSnapshot[] =>
  listed.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));

/** A pulled file is marked in the node's list as well. */
export const markPulled = (listed: readonly NodeSnapshot[], snapshot: Snapshot): readonly NodeSnapshot[] =>
  listed.map(each => (each.name === snapshot.name ? { ...each, pulled: snapshot.id } : each));

/** One verdict for the eye: damaged is said only of what was measured to be damaged. */
export function verdictOf({ check }: Snapshot): 'intact' | 'damaged' | 'not-proven' {
  if (check.intact) return 'intact';
  return check.trailer === 'broken' || check.reference === 'different' ? 'damaged' : 'not-proven';
}

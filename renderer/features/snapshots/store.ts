import { createStore } from 'zustand/vanilla';
import type { NodeSnapshot, Snapshot } from '../../../preload/contract/domain.ts';
import type { NodeId, SiteId, SnapshotId } from '../../../preload/contract/ids.ts';
import type {
  CatalogueEntry,
  KeptProof,
  ProofPart,
  RemovedCopy,
  SnapshotProof,
} from '../../../preload/contract/snapshots/proof.ts';
import type { GapWatch } from '../../../preload/contract/snapshots/gap.ts';
import type { Loadable } from '../../ui/loadable.ts';
import { unloaded } from '../../ui/loadable.ts';

export interface SnapshotsState {
  readonly kept: Loadable<readonly Snapshot[]>;
  readonly catalogue: Loadable<readonly CatalogueEntry[]>;
  readonly proofs: Loadable<readonly KeptProof[]>;
  /** Of a file from elsewhere, the last one. */
  readonly fileProof?: SnapshotProof;
  /** What was taken off this laptop last, and where it lies if it was only moved. */
  readonly removed?: RemovedCopy;
  /** What each node listed when it was last asked, in this session. */
  readonly onNode: Readonly<Record<NodeId, readonly NodeSnapshot[]>>;
  /** How far the snapshots of each node reach, as it was last asked. */
  readonly gaps: Readonly<Record<NodeId, GapWatch>>;
  readonly node?: NodeId;
}

export const snapshotsStore = () =>
  createStore<SnapshotsState>(() => ({
    kept: unloaded,
    catalogue: unloaded,
    proofs: unloaded,
    onNode: {},
    gaps: {},
  }));

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

/** The catalogue of one site, newest first. */
export const entriesOf = (
  catalogue: readonly CatalogueEntry[] | undefined,
  site: SiteId,
): readonly CatalogueEntry[] =>
  (catalogue ?? [])
    .filter(({ snapshot }) => snapshot.site === site)
    .toSorted((a, b) => b.snapshot.savedAt.localeCompare(a.snapshot.savedAt));

export const proofFor = (
  proofs: readonly KeptProof[] | undefined,
  snapshot: SnapshotId,
): KeptProof | undefined => proofs?.find(each => each.snapshot === snapshot);

const weights: Record<ProofPart['is'], number> = { failed: 0, 'not-checked': 1, warning: 2, passed: 3 };

/** What has to be read, worst first, and what passed. */
export function attention({ parts }: SnapshotProof): {
  readonly look: readonly ProofPart[];
  readonly passed: readonly ProofPart[];
} {
  return {
    look: parts.filter(part => part.is !== 'passed').toSorted((a, b) => weights[a.is] - weights[b.is]),
    passed: parts.filter(part => part.is === 'passed'),
  };
}

/** A token typed by hand might help: the snapshot could be read, and no token opened it. */
export const needsToken = ({ parts, status }: SnapshotProof): boolean =>
  status !== undefined && parts.some(part => part.part === 'token' && part.is !== 'passed');

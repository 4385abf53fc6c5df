import { createStore } from 'zustand/vanilla';
import type { BundleId, SnapshotId } from '../../../preload/contract/ids.ts';
import type {
  KindCount,
  ObjectChange,
  SnapshotContents,
  SnapshotDiff,
  SnapshotImages,
  SnapshotObjectText,
  SnapshotObjects,
} from '../../../preload/contract/snapshots/look.ts';
import type { Loadable } from '../../ui/loadable.ts';
import { unloaded } from '../../ui/loadable.ts';

export type LookTab = 'objects' | 'images' | 'changes';

/** Which objects are listed. */
export interface Listed {
  /** Empty for what belongs to no namespace; absent for all. */
  readonly namespace?: string;
  readonly resource?: string;
  readonly search: string;
  readonly offset: number;
}

export interface LookState {
  /** The copy that is looked into; another one begins anew. */
  readonly snapshot?: SnapshotId;
  readonly tab: LookTab;
  /** The technician wants to see a damaged file all the same. */
  readonly evenIfDamaged: boolean;
  readonly contents: Loadable<SnapshotContents>;
  readonly listed: Listed;
  readonly rows: Loadable<SnapshotObjects>;
  readonly object: Loadable<SnapshotObjectText>;
  readonly images: Loadable<SnapshotImages>;
  readonly bundle?: BundleId;
  /** The copy it is compared with. */
  readonly other?: SnapshotId;
  readonly diff: Loadable<SnapshotDiff>;
  readonly anyCluster: boolean;
  readonly withNoise: boolean;
}

export const atFirst: Omit<LookState, 'snapshot'> = {
  tab: 'objects',
  evenIfDamaged: false,
  contents: unloaded,
  listed: { search: '', offset: 0 },
  rows: unloaded,
  object: unloaded,
  images: unloaded,
  diff: unloaded,
  anyCluster: false,
  withNoise: false,
};

export const lookStore = () => createStore<LookState>(() => atFirst);

/** So many rows stand on one page of the list. */
export const pageRows = 100;

/** One namespace of the list on the left, with its kinds. */
export interface NamespaceKinds {
  readonly namespace: string;
  readonly count: number;
  readonly kinds: readonly KindCount[];
}

/** The kinds under their namespaces; what belongs to none comes first. */
export function byNamespace(kinds: readonly KindCount[]): readonly NamespaceKinds[] {
  const found = new Map<string, KindCount[]>();
  for (const kind of kinds) found.set(kind.namespace, [...(found.get(kind.namespace) ?? []), kind]);
  return [...found]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([namespace, mine]) => ({
      namespace,
      count: mine.reduce((sum, { count }) => sum + count, 0),
      kinds: mine,
    }));
}

/** Changes that are shown: without what changes all by itself, unless that is wanted. */
export const shownChanges = (diff: SnapshotDiff, withNoise: boolean): readonly ObjectChange[] =>
  withNoise ? diff.changes : diff.changes.filter(change => !change.noise);

import type { Instant } from '../domain.ts';

/** One object inside a snapshot, as a row of the browser. */
export interface SnapshotObject {
  /** Its key in etcd: names it for `snapshot.object`. */
  readonly key: string;
  /** Empty for what belongs to no namespace. */
  readonly namespace: string;
  readonly kind: string;
  readonly apiVersion: string;
  readonly name: string;
  readonly labels: readonly { readonly name: string; readonly value: string }[];
  readonly images: readonly string[];
  /** As asked for in its spec, where it has replicas. */
  readonly replicas?: number;
  readonly createdAt?: Instant;
  readonly bytes: number;
}

/** How many objects of one kind are in one namespace. */
export interface KindCount {
  readonly namespace: string;
  readonly kind: string;
  readonly count: number;
}

/** The first screen of the browser. */
export interface SnapshotContents {
  readonly path: string;
  readonly revision: string;
  readonly objects: number;
  readonly kinds: readonly KindCount[];
  /** Keys that are no Kubernetes object (K3s' and etcd's own), by their first part. */
  readonly other: readonly { readonly prefix: string; readonly count: number }[];
  /** Objects that could not be read, with why. At most 50. */
  readonly unread: readonly { readonly key: string; readonly says: string }[];
}

/** An image the site runs, and where. */
export interface UsedImage {
  readonly image: string;
  /** `namespace/kind/name`. */
  readonly usedBy: readonly string[];
  /** Whether the bundle that was asked about holds it for the architecture asked about. */
  readonly inBundle?: boolean;
}

/** One object that is not the same in two snapshots. */
export interface ObjectChange {
  readonly key: string;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly is: 'added' | 'removed' | 'changed';
  /** Which fields changed, at most 30; values of Secrets are never shown. */
  readonly fields: readonly {
    readonly path: string;
    readonly before?: string;
    readonly after?: string;
  }[];
  readonly moreFields: number;
}

export interface SnapshotDiff {
  readonly from: { readonly path: string; readonly revision: string };
  readonly to: { readonly path: string; readonly revision: string };
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** By kind and namespace. */
  readonly counts: readonly {
    readonly namespace: string;
    readonly kind: string;
    readonly added: number;
    readonly removed: number;
    readonly changed: number;
  }[];
  /** At most 2,000; what a technician should see first comes first. */
  readonly changes: readonly ObjectChange[];
  readonly moreChanges: number;
  /** What happened here, in a few plain sentences. */
  readonly says: readonly string[];
}

export const lookCalls = {} as const;

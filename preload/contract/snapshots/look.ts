import { call } from '../call.ts';
import type { Arch, Instant } from '../domain.ts';
import { bundleId } from '../ids.ts';
import type { BundleId } from '../ids.ts';
import { filled, flag, oneOf, optional, shape, text, whole } from '../parse.ts';
import { snapshotFile } from './file.ts';

/** One object inside a snapshot, as a row of the browser. */
export interface SnapshotObject {
  /** Its key in etcd: names it for `snapshot.object`. */
  readonly key: string;
  /** As its API names it, with the group of a custom resource: `deployments`, `addons.k3s.cattle.io`. */
  readonly resource: string;
  /** Empty for what belongs to no namespace. */
  readonly namespace: string;
  readonly kind: string;
  /** Empty when it could not be read. */
  readonly apiVersion: string;
  readonly name: string;
  readonly labels: readonly { readonly name: string; readonly value: string }[];
  readonly images: readonly string[];
  /** As asked for in its spec, where it has replicas. */
  readonly replicas?: number;
  readonly createdAt?: Instant;
  readonly bytes: number;
  /** Its encryption, such as `aescbc`, when it is sealed. */
  readonly sealed?: string;
  /** Why it could not be read. */
  readonly unread?: string;
}

/** How many objects of one kind are in one namespace. */
export interface KindCount {
  readonly namespace: string;
  readonly kind: string;
  readonly resource: string;
  readonly count: number;
}

/** The first screen of the browser. */
export interface SnapshotContents {
  readonly path: string;
  readonly revision: string;
  readonly objects: number;
  /** By namespace, then by kind. */
  readonly kinds: readonly KindCount[];
  /** Keys that are no Kubernetes object (K3s' and etcd's own), by their first part. */
  readonly other: readonly { readonly prefix: string; readonly count: number }[];
  /** Kinds this app cannot read, with why. At most 50. */
  readonly unread: readonly { readonly resource: string; readonly says: string }[];
  /** What is damaged, when a damaged file was asked for all the same; what is shown may then be wrong. */
  readonly damage?: string;
}

/** A page of rows. */
export interface SnapshotObjects {
  readonly objects: readonly SnapshotObject[];
  /** How many match in all. */
  readonly total: number;
}

/** One object, with the values of Secrets replaced by their size. */
export interface SnapshotObjectText {
  readonly object: SnapshotObject;
  /** As kubectl prints it; a comment when it is sealed or could not be read. */
  readonly yaml: string;
  /** Fields that this app does not know; they are not in `yaml`. */
  readonly unknown: readonly string[];
}

/** An image the site runs, and where. */
export interface UsedImage {
  /** In full, as containerd names it. */
  readonly image: string;
  /** `namespace/kind/name`, at most 50. */
  readonly usedBy: readonly string[];
  readonly moreUsers: number;
  /** Architectures for which the bundle that was asked about holds it; absent when none was asked about. */
  readonly inBundle?: readonly Arch[];
  /** The bundle has an image of this name, but whether it is the one with this digest could not be compared. */
  readonly byNameOnly?: boolean;
}

export interface SnapshotImages {
  /** Architectures of the nodes in the snapshot. */
  readonly arches: readonly Arch[];
  readonly images: readonly UsedImage[];
  readonly bundle?: {
    readonly id: BundleId;
    readonly k3sVersion: string;
    /** Which architectures were compared. */
    readonly arches: readonly Arch[];
    /** Images that are missing for one of them. */
    readonly missing: number;
  };
  /** Whether the bundle has them all, in a sentence; how many there are when none was asked about. */
  readonly says: string;
}

/** One object that is not the same in two snapshots. */
export interface ObjectChange {
  readonly key: string;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly is: 'added' | 'removed' | 'changed';
  /** It changes all by itself: leases, events, heartbeats. */
  readonly noise: boolean;
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
  /** Whether both are of one cluster, by the uid of kube-system; `unknown` when one of them has none. */
  readonly sameCluster: 'yes' | 'no' | 'unknown';
  /** Without noise. */
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** Objects that changed all by themselves. */
  readonly noise: number;
  /** By kind and namespace, without noise. */
  readonly counts: readonly {
    readonly namespace: string;
    readonly kind: string;
    readonly added: number;
    readonly removed: number;
    readonly changed: number;
  }[];
  /** At most 2,000; what a technician should see first comes first, noise last. */
  readonly changes: readonly ObjectChange[];
  readonly moreChanges: number;
  /** What happened here, in a few plain sentences. */
  readonly says: readonly string[];
  /** What is damaged, when damaged files were asked for all the same. */
  readonly damage?: string;
}

/** Look into a damaged file all the same; what is shown may then be wrong. */
const evenIfDamaged = optional(flag);

export const lookCalls = {
  /** Throws `check-failed` when the file is damaged or no snapshot. */
  'snapshot.contents': call<SnapshotContents>()(shape({ of: snapshotFile, evenIfDamaged })),
  /** `kind` is a kind or a resource. `search` looks in names, namespaces, kinds, labels and images. */
  'snapshot.objects': call<SnapshotObjects>()(
    shape({
      of: snapshotFile,
      evenIfDamaged,
      namespace: optional(text),
      kind: optional(filled),
      search: optional(text),
      offset: whole(0, Number.MAX_SAFE_INTEGER),
      most: whole(1, 500),
    }),
  ),
  /** `managedFields` leaves in the record of who wrote which field. Throws `no-such-thing`. */
  'snapshot.object': call<SnapshotObjectText>()(
    shape({ of: snapshotFile, evenIfDamaged, key: filled, managedFields: optional(flag) }),
  ),
  /** Compares with the bundle for the architectures of the nodes, or for `arch`. */
  'snapshot.images': call<SnapshotImages>()(
    shape({
      of: snapshotFile,
      evenIfDamaged,
      bundle: optional(bundleId),
      arch: optional(oneOf('amd64', 'arm64')),
    }),
  ),
  /** Throws `refused` when they are of two clusters, unless `anyCluster` is set. */
  'snapshot.diff': call<SnapshotDiff>()(
    shape({ from: snapshotFile, to: snapshotFile, evenIfDamaged, anyCluster: optional(flag) }),
  ),
} as const;

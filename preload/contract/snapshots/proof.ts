import { call } from '../call.ts';
import type { Arch, Instant, Sha256, Snapshot, SnapshotStatus } from '../domain.ts';
import type { SiteId, SnapshotId } from '../ids.ts';
import { bundleId, siteId, snapshotId } from '../ids.ts';
import { flag, optional, shape, text } from '../parse.ts';
import { snapshotFile } from './file.ts';

/** What a proof looks at, in the order it is told. */
export const proofParts = [
  'file',
  'trailer',
  'pages',
  'keys',
  'reference',
  'token',
  'site',
  'secrets',
  'versions',
  'age',
  'members',
  'alarms',
  'quota',
  'volumes',
  'images',
  'binary',
  'configuration',
] as const;
export type ProofPartName = (typeof proofParts)[number];

/** One part of a proof. A warning is no failure, but has to be read. */
export interface ProofPart {
  readonly part: ProofPartName;
  readonly title: string;
  readonly is: 'passed' | 'warning' | 'failed' | 'not-checked';
  /** One plain sentence: what was measured, or why it could not be. Holds no secret. */
  readonly says: string;
  /** What to do about it, where there is something to do. */
  readonly next?: string;
  /** Names behind the sentence: keys, nodes, volumes, images. At most 200; `more` counts the rest. */
  readonly names?: readonly string[];
  readonly more?: number;
}

/** Secrets of one namespace by how they lie in etcd. */
export interface CensusRow {
  readonly namespace: string;
  readonly aescbc: number;
  readonly secretbox: number;
  /** Sealed in another way that Kubernetes has (aesgcm, kms). */
  readonly other: number;
  readonly plain: number;
  readonly unknown: number;
}

/** A machine the snapshot knows. */
export interface SnapshotNode {
  readonly name: string;
  readonly role: 'server' | 'agent';
  readonly addresses: readonly string[];
  /** K3s version, such as `v1.33.5+k3s1`; empty when the node did not say. */
  readonly k3sVersion: string;
  readonly arch: string;
  readonly osImage: string;
  readonly kernel: string;
}

/** Data that is not in etcd: a volume on the disk of one node. */
export interface OutsideVolume {
  /** Of the volume, or `namespace/kind/name` of what mounts a folder of the node. */
  readonly name: string;
  /** Empty where any node may hold it. */
  readonly node: string;
  readonly path: string;
  readonly kind: 'local' | 'hostPath' | 'nfs' | 'csi' | 'other';
  /** `namespace/claim`, where one is bound. */
  readonly claim: string;
}

export type ProofVerdict =
  /** Everything that matters passed, and nothing outside etcd is missing. */
  | 'site-restorable'
  /** Everything that matters passed; `missing` says what a whole site would need besides. */
  | 'cluster-restorable'
  /** Nothing failed, but something that matters could not be checked. */
  | 'not-proven'
  /** Something that matters failed. */
  | 'not-restorable';

/** What was measured on one snapshot, without any cluster. */
export interface SnapshotProof {
  readonly path: string;
  /** Set for a copy in the catalogue. */
  readonly snapshot?: SnapshotId;
  readonly at: Instant;
  readonly verdict: ProofVerdict;
  /** The verdict in a sentence, with what to do next. */
  readonly says: string;
  readonly parts: readonly ProofPart[];
  /** What the site needs besides the cluster's state, in plain words. */
  readonly missing: readonly string[];
  /** Of the file as it lies, zip or not. */
  readonly sha256: Sha256;
  readonly bytes: number;
  /** Absent when the file is no snapshot that can be read. */
  readonly status?: SnapshotStatus;
  /** The site of this laptop it belongs to by its CA; absent when that is not known. */
  readonly site?: SiteId;
  readonly siteName?: string;
  /** SHA-256 of the server CA it carries, as full tokens name it. */
  readonly caHash?: Sha256;
  /** When that CA was made. */
  readonly caNotBefore?: Instant;
  /** The kube-system namespace's uid: the cluster's identity. */
  readonly clusterUid?: string;
  readonly k3sVersion?: string;
  readonly etcdVersion?: string;
  readonly arch?: Arch;
  readonly members: readonly { readonly name: string; readonly peerUrl: string }[];
  readonly nodes: readonly SnapshotNode[];
  readonly secrets: readonly CensusRow[];
  readonly volumes: readonly OutsideVolume[];
  readonly images: readonly string[];
  readonly liveKeys: number;
}

/** The last proof of a copy in the catalogue. */
export interface KeptProof {
  readonly snapshot: SnapshotId;
  readonly proof: SnapshotProof;
  /** Why it says nothing about the file any more: it has changed, or is gone. */
  readonly stale?: string;
}

/** A place where a copy of a snapshot is, was, or may be. */
export interface CopyPlace {
  readonly where: 'laptop' | 'node' | 'stick' | 'headquarters';
  /** `seen`: there when it was last looked at · `proven`: measured · `gone` · `unknown`: nobody has looked. */
  readonly is: 'proven' | 'seen' | 'gone' | 'unknown';
  readonly says: string;
  /** When it was last seen or written. */
  readonly at?: Instant;
}

/** A snapshot with its proof and every copy the laptop knows of. */
export interface CatalogueEntry {
  readonly snapshot: Snapshot;
  readonly proof?: {
    readonly verdict: ProofVerdict;
    readonly says: string;
    readonly at: Instant;
    readonly stale?: string;
  };
  readonly copies: readonly CopyPlace[];
  /** No other copy is known to be proven. */
  readonly isLastProven: boolean;
  /** It may be taken off this laptop without typing its name. */
  readonly mayRemove: boolean;
  /** Why, or why not, in a sentence. */
  readonly says: string;
}

/** What became of a copy that was taken off the catalogue. */
export interface RemovedCopy {
  readonly snapshot: SnapshotId;
  readonly name: string;
  /** Set when the file was moved aside instead of deleted, because no other proven copy is known. */
  readonly movedTo?: string;
  readonly says: string;
}

/** What pruning took off the laptop, or would take, and what it leaves. */
export interface PrunedCopies {
  readonly removed: readonly {
    readonly snapshot: SnapshotId;
    readonly name: string;
    readonly bytes: number;
  }[];
  readonly kept: readonly { readonly snapshot: SnapshotId; readonly name: string; readonly says: string }[];
}

export const proofCalls = {
  /**
   * Proves a snapshot without any cluster. `token` is tried alone when it is given, else every server token in the vault.
   * `sha256` is the hash that was recorded on the node, for a file the catalogue does not know. The proof of a catalogue
   * copy is kept. Throws `vault-locked` when tokens are needed, `gone-away` when the medium went away.
   */
  'snapshot.prove': call<SnapshotProof>()(
    shape({ of: snapshotFile, token: optional(text), sha256: optional(text), bundle: optional(bundleId) }),
  ),
  /** The latest kept proof of each copy in the catalogue. */
  'snapshot.proofs': call<readonly KeptProof[]>()(shape({ site: optional(siteId) })),
  'snapshot.catalogue': call<readonly CatalogueEntry[]>()(shape({ site: optional(siteId) })),
  /**
   * Takes copies of a site off this laptop that headquarters confirmed, but never the last proven ones; with `look` it only
   * says which.
   */
  'snapshot.prune': call<PrunedCopies>()(shape({ site: siteId, look: optional(flag) })),
  /** Takes the laptop's copy away. Throws `no-proven-copy` when no other proven copy is known and its name was not typed. */
  'snapshot.remove': call<RemovedCopy>()(shape({ snapshot: snapshotId, typed: optional(text) })),
} as const;

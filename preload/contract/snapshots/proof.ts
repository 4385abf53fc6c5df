import type { Arch, Instant, Sha256, SnapshotStatus } from '../domain.ts';
import type { SiteId, SnapshotId } from '../ids.ts';

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
  /** K3s version, such as `v1.33.5+k3s1`. */
  readonly k3sVersion: string;
  readonly arch: string;
  readonly osImage: string;
  readonly kernel: string;
}

/** Data that is not in etcd: a volume on the disk of one node. */
export interface OutsideVolume {
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
  readonly sha256: Sha256;
  readonly status: SnapshotStatus;
  /** The site of this laptop it belongs to by its CA; absent when that is not known. */
  readonly site?: SiteId;
  readonly siteName?: string;
  /** SHA-256 of the server CA it carries, as full tokens name it. */
  readonly caHash?: Sha256;
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

export const proofCalls = {} as const;

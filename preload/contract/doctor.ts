import type { Instant } from './domain.ts';
import type { ExaminationId, NodeId } from './ids.ts';

/** Causes the doctor knows, in the words of the facts. */
export const causes = [
  'disk-full',
  'inodes-full',
  'etcd-quota',
  'etcd-corrupt-alarm',
  'wal-torn',
  'wal-corrupt',
  'bbolt-corrupt',
  'log-lost',
  'certificate-expired',
  'clock-wrong',
  'lost-quorum',
  'ip-changed',
  'bad-token',
  'token-differs',
  'duplicate-name',
  'card-read-only',
  'slow-disk',
  'containerd-corrupt',
  'image-missing',
  'cgroup-missing',
  'cgroup-v1',
  'no-default-route',
  'config-typo',
  'removed-member',
  'port-taken',
  'emergency-fstab',
] as const;
export type Cause = (typeof causes)[number];

/** Remedies the catalogue has; each is a runbook with a plan. */
export const remedies = [
  'free-disk',
  'set-clock',
  'renew-certificates',
  'rotate-certificates',
  'set-address',
  'fix-fstab',
  'etcd-aside',
  'containerd-aside',
  'import-images',
  'repair-config',
  'put-token',
  'rejoin-member',
  'restart-k3s',
  'read-off-card',
  'snapshot-schedule',
  'snapshot-s3',
  'recorder-install',
  'recorder-remove',
  'wan-guard-install',
  'wan-guard-remove',
] as const;
export type Remedy = (typeof remedies)[number];

/** One thing that was asked of the node. The text itself is fetched with `doctor.evidence`. */
export interface Evidence {
  readonly id: string;
  /** What it is: “K3s journal of this boot”. */
  readonly title: string;
  /** The command as it was sent. */
  readonly command: string;
  readonly standing: 'whole' | 'cut' | 'timed-out' | 'failed' | 'not-asked';
  readonly bytes: number;
  /** Why it is not whole, in a sentence. */
  readonly says?: string;
}

export interface EvidenceLine {
  /** Id of the evidence it stands in. */
  readonly evidence: string;
  readonly text: string;
  readonly at?: Instant;
}

export interface FindingRemedy {
  readonly remedy: Remedy;
  readonly title: string;
  /** What it may lose; absent: nothing. */
  readonly mayLose?: string;
}

/** One cause that fits. */
export interface Finding {
  readonly cause: Cause;
  /** A plain sentence: what is wrong. */
  readonly says: string;
  readonly lines: readonly EvidenceLine[];
  readonly sure: 'certain' | 'likely' | 'possible';
  /** What it looks like but is not, in a sentence. */
  readonly not?: string;
  /** What to do, in a sentence or two, also where no remedy can be pressed. */
  readonly next: string;
  readonly remedies: readonly FindingRemedy[];
  /** Where it stands in the triage: smaller comes first. */
  readonly order: number;
}

/** One look of the doctor at one node. */
export interface Examination {
  readonly id: ExaminationId;
  readonly node: NodeId;
  readonly nodeName: string;
  readonly at: Instant;
  readonly endedAt?: Instant;
  readonly over: 'ssh' | 'serial';
  readonly state: 'collecting' | 'done' | 'stopped';
  readonly evidence: readonly Evidence[];
  readonly findings: readonly Finding[];
  /** `healthy`: nothing wrong was seen · `findings` · `unknown`: it is not well and no known cause fits · `partial`: too little was seen to say. */
  readonly verdict: 'healthy' | 'findings' | 'unknown' | 'partial';
  /** The verdict in a sentence, with what to do next. */
  readonly says: string;
  readonly practice: boolean;
}

/** An examination sealed for headquarters. */
export interface DoctorPack {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export type DoctorNews =
  | { readonly is: 'began'; readonly examination: Examination }
  | { readonly is: 'evidence'; readonly evidence: Evidence }
  | { readonly is: 'findings'; readonly findings: readonly Finding[] }
  | { readonly is: 'ended'; readonly examination: Examination };

/** A question a remedy asks before its plan is made. */
export interface RemedyField {
  readonly name: string;
  readonly label: string;
  readonly says: string;
  readonly kind: 'text' | 'choice' | 'flag' | 'many';
  /** For `choice` and `many`. */
  readonly options?: readonly { readonly value: string; readonly label: string; readonly says?: string }[];
  /** What is proposed. `many` joins values with line ends; `flag` is `yes` or `no`. */
  readonly value: string;
}

export interface RemedyForm {
  readonly remedy: Remedy;
  readonly title: string;
  readonly says: string;
  readonly fields: readonly RemedyField[];
  /** Set when the node's name must be typed out before the plan may run. */
  readonly typedName: boolean;
}

/** An answer to a RemedyField. */
export interface RemedyChoice {
  readonly name: string;
  readonly value: string;
}

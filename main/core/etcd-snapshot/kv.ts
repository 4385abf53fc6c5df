/** One key as etcd holds it. `key` and `value` are only good until the next one is asked for: slice() what is kept. */
export interface KeyValue {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly createRevision: number;
  readonly modRevision: number;
  /** How often it was written since it was created. */
  readonly version: number;
  /** 0 when none. */
  readonly lease: bigint;
}

/** The keys as they stand at the snapshot's revision, in the order of their bytes. Read synchronously, so in a worker. */
export type LiveKeys = Iterable<KeyValue>;

/** One etcd server of the cluster the snapshot was taken from. */
export interface EtcdMember {
  /** Lower-case hex, as etcd prints it. */
  readonly id: string;
  /** Empty for a member that never started. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}

/** An alarm that was raised when the snapshot was taken. */
export interface EtcdAlarm {
  readonly member: string;
  readonly kind: 'no-space' | 'corrupt' | 'unknown';
}

/** What etcd says of itself, beside the keys. What a version does not write, or wrote unreadably, is absent. */
export interface EtcdFacts {
  readonly members: readonly EtcdMember[];
  /** Ids in hex. */
  readonly removedMembers: readonly string[];
  readonly alarms: readonly EtcdAlarm[];
  /** Such as `3.5.0`. */
  readonly clusterVersion?: string;
  /** Such as `3.6.0`; etcd 3.6 and newer write it. */
  readonly storageVersion?: string;
  /** A downgrade of etcd that was under way. */
  readonly downgradeTarget?: string;
  /** The raft entry the keys stand at. */
  readonly consistentIndex?: bigint;
  readonly term?: bigint;
  readonly voters?: readonly string[];
  readonly learners?: readonly string[];
  readonly scheduledCompactRevision?: number;
  readonly finishedCompactRevision?: number;
  readonly authEnabled: boolean;
}

/** A snapshot that was walked once from end to end. */
export interface ReadSnapshot {
  readonly facts: EtcdFacts;
  /** Damage found in the pages or in what they hold, in plain words; empty when all of it is sound. At most twenty. */
  readonly problems: readonly string[];
  /** How many more problems there were. */
  readonly moreProblems: number;
  /** One of the two meta pages is damaged and the other was used. etcd can live with it; a fresh snapshot has both. */
  readonly isMetaTorn: boolean;
  readonly liveKeys: number;
  /** Keys that begin with `prefix` (ASCII), all by default. Throws a FieldError when the file changes or goes away. */
  live(prefix?: string): LiveKeys;
}

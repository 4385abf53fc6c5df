import type { EtcdAlarm, EtcdFacts, EtcdMember } from './kv.ts';
import { Wire } from './wire.ts';

/** The entries of etcd's small buckets: by name of the bucket, then in order. */
export type SmallBuckets = ReadonlyMap<string, readonly (readonly [key: Uint8Array, value: Uint8Array])[]>;

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** JSON of etcd's; its ids are numbers of 64 bits, which JSON.parse would round, so they are read as text. */
function jsonOf(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text(bytes), (_key, read: unknown, context?: { source?: string }) =>
      typeof read === 'number' && !Number.isSafeInteger(read) ? (context?.source ?? read) : read,
    );
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter(one => typeof one === 'string') : [];

/** Ids as etcd prints them. */
const hexIds = (value: unknown): readonly string[] =>
  Array.isArray(value)
    ? value.flatMap(one => (/^\d{1,20}$/.test(String(one)) ? [BigInt(String(one)).toString(16)] : []))
    : [];

function memberOf([key, value]: readonly [Uint8Array, Uint8Array]): EtcdMember {
  const json = jsonOf(value);
  return {
    id: text(key),
    name: typeof json?.['name'] === 'string' ? json['name'] : '',
    peerUrls: texts(json?.['peerURLs']),
    clientUrls: texts(json?.['clientURLs']),
    isLearner: json?.['isLearner'] === true,
  };
}

const kinds = ['unknown', 'no-space', 'corrupt'] as const;

function alarmOf(key: Uint8Array): EtcdAlarm {
  const wire = new Wire();
  let [member, kind] = ['0', 0];
  wire.start(key, 0, key.length);
  while (wire.next()) {
    if (wire.field === 1) member = wire.bigint.toString(16);
    if (wire.field === 2) kind = wire.number;
  }
  return { member, kind: kinds[kind] ?? 'unknown' };
}

/** Eight bytes, the highest first, as etcd writes its counters. */
const counter = (bytes: Uint8Array | undefined): bigint | undefined =>
  bytes && bytes.length >= 8 ? new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0) : undefined;

const revision = (bytes: Uint8Array | undefined): number | undefined => {
  const found = counter(bytes);
  return found === undefined ? undefined : Number(found);
};

const version = (bytes: Uint8Array | undefined): string | undefined => {
  const found = bytes && text(bytes);
  return found !== undefined && /^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/.test(found) ? found : undefined;
};

/** What etcd's small buckets say of the cluster. What is absent or unreadable is left out. */
export function factsOf(buckets: SmallBuckets): EtcdFacts {
  const at = (bucket: string, key: string): Uint8Array | undefined =>
    buckets.get(bucket)?.find(([name]) => text(name) === key)?.[1];
  const confState = jsonOf(at('meta', 'confState') ?? new Uint8Array(0));
  const downgrade = jsonOf(at('cluster', 'downgrade') ?? new Uint8Array(0));
  const target = downgrade?.['target-version'];
  return {
    members: (buckets.get('members') ?? []).map(memberOf),
    removedMembers: (buckets.get('members_removed') ?? []).map(([key]) => text(key)),
    alarms: (buckets.get('alarm') ?? []).map(([key]) => alarmOf(key)),
    authEnabled: at('auth', 'authEnabled')?.[0] === 1,
    ...present({
      clusterVersion: version(at('cluster', 'clusterVersion')),
      storageVersion: version(at('meta', 'storageVersion')),
      downgradeTarget: downgrade?.['enabled'] === true && typeof target === 'string' ? target : undefined,
      consistentIndex: counter(at('meta', 'consistent_index')),
      term: counter(at('meta', 'term')),
      voters: confState && hexIds(confState['voters']),
      learners: confState && hexIds(confState['learners']),
      scheduledCompactRevision: revision(at('meta', 'scheduledCompactRev')),
      finishedCompactRevision: revision(at('meta', 'finishedCompactRev')),
    }),
  };
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

const present = <T extends object>(maybe: T): Present<T> =>
  Object.fromEntries(Object.entries(maybe).filter(([, value]) => value !== undefined)) as Present<T>;

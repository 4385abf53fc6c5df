import type { Crc32c } from './crc32c.ts';
import { readSnapshot, storageVersionOf } from './read.ts';
import type { ReadOptions, Reading } from './read.ts';
import type { PageSource } from '../bbolt/page-source.ts';
import type { Scratch } from './runs.ts';

/** Whose way of counting `totalKey` stands for: etcd 3.5 counts every entry of every bucket, 3.6 the keys that live. */
export type KeyRule = '3.5' | '3.6';

/** What `etcdutl snapshot status` says of a snapshot. */
export interface SnapshotStatus {
  readonly hash: number;
  readonly revision: bigint;
  readonly totalKey: number;
  readonly totalSize: number;
  /** Only under the rule of 3.6; empty where the snapshot does not say. */
  readonly version?: string;
  readonly rule: KeyRule;
}

export interface StatusOptions extends Pick<ReadOptions, 'onPage'> {
  /** By default 3.6 where the snapshot says its storage version, else 3.5. */
  readonly rule?: KeyRule | undefined;
  readonly scratch: () => Scratch;
  readonly crc?: Crc32c | undefined;
}

/** The numbers of `etcdutl snapshot status`, and what the same walk found wrong with the pages. */
export function statusOf(
  source: PageSource,
  { rule, scratch, crc, onPage }: StatusOptions,
): { readonly status: SnapshotStatus; readonly reading: Reading } {
  const counted = rule ?? (storageVersionOf(source) === undefined ? '3.5' : '3.6');
  const reading = readSnapshot(source, { crc, onPage, live: counted === '3.6' ? { scratch } : undefined });
  return { status: statusFrom(reading, counted), reading };
}

/** The numbers of a snapshot that was read; `live` must have been asked for when the rule is 3.6. */
export const statusFrom = (reading: Reading, rule: KeyRule): SnapshotStatus => ({
  hash: reading.hash,
  revision: reading.revision,
  totalKey: rule === '3.6' ? reading.liveKeys : reading.entries,
  totalSize: reading.totalSize,
  ...(rule === '3.6' ? { version: reading.facts.storageVersion ?? '' } : {}),
  rule,
});

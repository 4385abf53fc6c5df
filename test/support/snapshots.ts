import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';

const root = join(import.meta.dirname, '../..');

/** Snapshots and other databases that lie packed in the repository; how each was made stands beside it. */
const packed = {
  /** Of etcd 3.5, as a fresh K3s server keeps it, Secrets sealed or not. */
  encrypted: 'resources/practice/snapshot/encrypted.db.zst',
  plain: 'resources/practice/snapshot/plain.db.zst',
  /** Of etcd 3.6, with an alarm, a lease and a compaction. */
  'etcd-3.6': 'test/core/etcd-snapshot/recorded/etcd-3.6.db.zst',
  /** The database after `etcdutl snapshot restore --bump-revision`: no trailer, and longer than its pages. */
  'restored-raw': 'test/core/etcd-snapshot/recorded/restored-raw.db.zst',
  /** A bbolt database as containerd keeps one: other buckets, one inside the other, a stored freelist. */
  foreign: 'test/core/etcd-snapshot/recorded/foreign.db.zst',
  /** etcd's own example of a damaged one: its freelist names page 3 twice and forgets page 4. */
  corrupted: 'test/core/etcd-snapshot/recorded/corrupted.db.zst',
} as const;

export function recorded(name: keyof typeof packed): Buffer {
  return zstdDecompressSync(readFileSync(join(root, packed[name])));
}

/** What `etcdutl snapshot status -w json` of etcd 3.5.21 and 3.6.5 says of each. */
export const recordedStatus: readonly {
  readonly name: keyof typeof packed;
  readonly rule: '3.5' | '3.6';
  readonly json: string;
}[] = readFileSync(join(root, 'test/core/etcd-snapshot/recorded/status.txt'), 'utf8')
  .trim()
  .split('\n')
  .map(line => {
    const [name, rule, json] = line.split(' ') as [keyof typeof packed, '3.5' | '3.6', string];
    return { name, rule, json };
  });

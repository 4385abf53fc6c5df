import { createHash } from 'node:crypto';
import type { Tree } from '../disk/tree.ts';

/** One server as the log of the datastore knows it. */
export interface Member {
  readonly name: string;
  /** `https://192.168.50.11:2380` */
  readonly peer: string;
}

/** What the pretended log holds: who belongs to the cluster, and how far it goes. */
export interface Wal {
  readonly members: readonly Member[];
  /** Last entry that is in the log. */
  readonly last: number;
  /** Last entry this server has confirmed to the others. */
  readonly confirmed: number;
  readonly alarm?: 'NOSPACE' | 'CORRUPT';
}

const folder = '/var/lib/rancher/k3s/server/db/etcd/member/wal';
export const walFile = `${folder}/0000000000000000-0000000000000000.wal`;
const size = 65_536;
const head = 'coldstart practice log ';
const sum = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** Writes the log whole, as large as etcd lays it out. */
export function writeWal(tree: Tree, wal: Wal): void {
  const text = JSON.stringify(wal);
  const bytes = Buffer.alloc(size);
  bytes.write(`${head}${sum(text)} ${text}\n`);
  tree.write(walFile, bytes, 0o600);
}

/**
 * The log as etcd would read it. `torn`: its end was cut in the middle of a write, all before it is there. Undefined for
 * a log of an older practice station, which holds nothing.
 */
export function readWal(tree: Tree): Wal | 'corrupt' | 'missing' | { readonly torn: Wal } | undefined {
  const node = tree.peek(walFile);
  if (node?.kind !== 'file') return 'missing';
  const bytes = Buffer.from(node.content.subarray(0, node.size));
  if (bytes.length === size && bytes.every(byte => byte === 0)) return undefined;
  const line = bytes.toString('latin1').split('\n')[0] ?? '';
  const [, known, text = ''] = /^coldstart practice log ([0-9a-f]{16}) (.*)$/.exec(line) ?? [];
  if (known === undefined || sum(text) !== known) return 'corrupt';
  const wal = JSON.parse(text) as Wal;
  return bytes.length < size ? { torn: wal } : wal;
}

import { X509Certificate } from 'node:crypto';
import type { Station } from '../station.ts';
import type { Pair } from './certificates.ts';

const tls = '/var/lib/rancher/k3s/server/tls';
/** Leaves that expire within this are made anew at every start (since v1.33.1; 90 before). */
const renewMs = 120 * 86_400_000;

interface Leaf {
  readonly file: string;
  readonly by: string;
  readonly subject: string;
  readonly use: 'client' | 'both';
}

export const leaves: readonly Leaf[] = [
  { file: 'client-admin', by: 'client-ca', subject: 'O=system:masters,CN=system:admin', use: 'client' },
  { file: 'etcd/server-client', by: 'etcd/server-ca', subject: 'CN=etcd-server', use: 'both' },
  { file: 'etcd/client', by: 'etcd/server-ca', subject: 'CN=etcd-client', use: 'client' },
  { file: 'etcd/peer-server-client', by: 'etcd/peer-ca', subject: 'CN=etcd-peer', use: 'both' },
];

/** Makes one leaf of this server, valid for a year from `now`. */
export async function makeLeaf(
  station: Station,
  leaf: Leaf,
  names: readonly string[],
  now: number,
): Promise<Pair> {
  const { leaf: make, openAuthority } = await import('./certificates.ts');
  const { tree, chance } = station;
  const by = await openAuthority(tree.read(`${tls}/${leaf.by}.crt`), tree.read(`${tls}/${leaf.by}.key`));
  return make({
    by,
    subject: leaf.subject,
    use: leaf.use,
    names: leaf.use === 'both' ? names : [],
    now,
    chance,
  });
}

export function writeLeaf(station: Station, leaf: Leaf, pair: Pair): void {
  const mode = leaf.file.startsWith('etcd/') ? 0o600 : 0o644;
  station.tree.write(`${tls}/${leaf.file}.crt`, pair.cert, mode);
  station.tree.write(`${tls}/${leaf.file}.key`, pair.key, 0o600);
}

/** The dates of a certificate on the node; undefined when it is not there. */
export function datesOf(station: Station, path: string): { from: number; until: number } | undefined {
  if (!station.tree.peek(path)) return undefined;
  const { validFromDate, validToDate } = new X509Certificate(station.tree.read(path));
  return { from: validFromDate.getTime(), until: validToDate.getTime() };
}

/** Whether a certificate is to be made anew at a start. */
export const isDue = (station: Station, path: string): boolean => {
  const dates = datesOf(station, path);
  return dates === undefined || dates.until - station.now() < renewMs;
};

/** The certificate of this server that is out of date, if any, in the words Go has for it. */
export function outOfDate(station: Station): string | undefined {
  const stamp = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z/, 'Z');
  for (const name of ['server-ca', 'client-ca', 'etcd/server-ca', ...leaves.map(({ file }) => file)]) {
    const dates = datesOf(station, `${tls}/${name}.crt`);
    const now = station.now();
    // Go's certificates begin an hour before they are made.
    if (!dates || (now >= dates.from - 3_600_000 && now <= dates.until)) continue;
    const early = now < dates.from;
    return `tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time ${stamp(now)} is ${early ? 'before' : 'after'} ${stamp(early ? dates.from : dates.until)}`;
  }
  return undefined;
}

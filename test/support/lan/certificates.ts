import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemChance } from '../../../main/machine/chance.ts';
import { authority, leaf } from '../../../main/practice/station/k3s/certificates.ts';
import type { Authority, Pair } from '../../../main/practice/station/k3s/certificates.ts';
import type { Routes, Service } from './orders.ts';

const day = 86_400_000;
const chance = systemChance;

/** A name with any characters, for a distinguished name: UTF-8 as the hex of its DER. */
export function anyName(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length > 127) throw new Error('too long for one byte of length');
  return `#0c${Buffer.from([bytes.length]).toString('hex')}${bytes.toString('hex')}`;
}

const status = (code: number, reason: string, message: string): string =>
  JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    code,
  });
const unauthorized = {
  status: 401,
  type: 'application/json',
  body: status(401, 'Unauthorized', 'Unauthorized'),
};
const forbidden = {
  status: 403,
  type: 'application/json',
  body: status(403, 'Forbidden', 'forbidden: User "system:anonymous" cannot get path'),
};
const text = (body: string) => ({ status: 200, type: 'text/plain', body });

/** What a supervisor of K3s or RKE2 answers without a login. */
export const supervisor = (caPem: string): Routes => ({
  '/ping': text('pong'),
  '/cacerts': text(caPem),
  '*': unauthorized,
});
const kubeletRoutes: Routes = { '*': { ...text('Unauthorized'), status: 401 } };
/** kubeadm lets anybody ask for the version, and forbids the rest. */
const kubeadmRoutes: Routes = {
  '/version': {
    ...text(JSON.stringify({ major: '1', minor: '33', gitVersion: 'v1.33.4' })),
    type: 'application/json',
  },
  '*': forbidden,
};

/** The certificate authorities of one cluster of K3s or RKE2. */
export interface Cluster {
  readonly flavour: 'k3s' | 'rke2';
  readonly ca: Authority;
  readonly etcdServer: Authority;
  readonly etcdPeer: Authority;
  /** SHA-256 of what `/cacerts` gives. */
  readonly caHash: string;
}

/** A cluster made so many days ago. */
export async function newCluster(flavour: Cluster['flavour'], daysOld: number): Promise<Cluster> {
  const now = Date.now() - daysOld * day;
  const seconds = Math.floor(now / 1000);
  const [ca, etcdServer, etcdPeer] = await Promise.all([
    authority(`${flavour}-server-ca@${seconds}`, now, chance),
    authority(`etcd-server-ca@${seconds}`, now, chance),
    authority(`etcd-peer-ca@${seconds}`, now, chance),
  ]);
  return { flavour, ca, etcdServer, etcdPeer, caHash: createHash('sha256').update(ca.cert).digest('hex') };
}

interface NodeOf {
  readonly cluster: Cluster;
  /** As the kubelet calls it. */
  readonly node: string;
  readonly addresses: readonly string[];
  /** Names in the API's certificate besides its own, as `tls-san` has them: the shared address. */
  readonly tlsSan?: readonly string[];
  readonly clockOffsetSeconds?: number;
  /** How long ago its certificates were made; they hold a year. */
  readonly daysOld?: number;
}

const chained = (pair: Pair, by: Authority): Pair => ({ cert: pair.cert + by.cert, key: pair.key });
const issued = async (of: NodeOf, by: Authority, subject: string, names: readonly string[]): Promise<Pair> =>
  chained(
    await leaf({ by, subject, use: 'server', names, now: Date.now() - (of.daysOld ?? 0) * day, chance }),
    by,
  );

const timed = (of: NodeOf) =>
  of.clockOffsetSeconds === undefined ? {} : { clockOffsetSeconds: of.clockOffsetSeconds };

/** The kubelet of a server or an agent, on 10250. */
export async function kubelet(of: NodeOf): Promise<Service> {
  const pair = await issued(of, of.cluster.ca, `CN=${of.node}`, [
    ...hostName(of.node),
    'localhost',
    ...of.addresses,
  ]);
  return { is: 'tls', ...pair, routes: kubeletRoutes, ...timed(of) };
}

const hostName = (node: string): string[] => (/^[\w.-]+$/.test(node) && !node.startsWith('#') ? [node] : []);

/** What a server with embedded etcd serves, by port. */
export async function serverPorts(of: NodeOf): Promise<Record<number, Service>> {
  const { flavour, ca, etcdServer, etcdPeer } = of.cluster;
  const names = ['kubernetes', 'kubernetes.default.svc.cluster.local', 'localhost', '127.0.0.1', '10.43.0.1'];
  const own = [...names, ...hostName(of.node), ...of.addresses, ...(of.tlsSan ?? [])];
  const api = await issued(of, ca, flavour === 'k3s' ? 'O=k3s,CN=k3s' : 'O=rke2,CN=rke2', own);
  const etcd = async (by: Authority, cn: string): Promise<Service> => ({
    is: 'tls',
    ...(await issued(of, by, `CN=${cn}`, [...hostName(of.node), ...of.addresses])),
    demands: by.cert,
    routes: {},
  });
  const speaks: Service = { is: 'tls', ...api, routes: supervisor(ca.cert), ...timed(of) };
  const kube: Service =
    flavour === 'k3s'
      ? speaks
      : {
          is: 'tls',
          ...(await issued(of, ca, 'CN=kube-apiserver', own)),
          routes: { '*': unauthorized },
          ...timed(of),
        };
  return {
    6443: kube,
    10250: await kubelet(of),
    2379: await etcd(etcdServer, 'etcd-server'),
    2380: await etcd(etcdPeer, 'etcd-peer'),
    ...(flavour === 'rke2' ? { 9345: speaks } : {}),
  };
}

/** An authority with the very name of a cluster's, and another key. */
const forged = (cluster: Cluster): Promise<Authority> =>
  authority(cluster.ca.name, Date.now() - 400 * day, chance);

/** A kubelet that is called as one of the cluster, signed by a forged authority. */
export async function forgedKubelet(of: NodeOf): Promise<Service> {
  return await kubelet({ ...of, cluster: { ...of.cluster, ca: await forged(of.cluster) } });
}

/** Shows the CA of a cluster it has no key of: same `/cacerts`, its own authority with the very same name. */
export async function rogue(of: NodeOf): Promise<Record<number, Service>> {
  const own = await forged(of.cluster);
  const pair = await issued(of, own, 'O=k3s,CN=k3s', ['kubernetes', ...of.addresses]);
  return { 6443: { is: 'tls', ...pair, routes: supervisor(of.cluster.ca.cert) } };
}

/** kubeadm: the API server of CA `kubernetes`, and a kubelet that signed its own certificate. */
export async function kubeadmPorts(
  node: string,
  addresses: readonly string[],
): Promise<Record<number, Service>> {
  const now = Date.now() - 30 * day;
  const [ca, own, etcd] = await Promise.all([
    authority('kubernetes', now, chance),
    authority(`${node}-ca@${Math.floor(now / 1000)}`, now, chance),
    authority('etcd-ca', now, chance),
  ]);
  const names = [node, 'kubernetes', ...addresses];
  const signed = async (by: Authority, subject: string): Promise<Pair> =>
    chained(await leaf({ by, subject, use: 'server', names, now, chance }), by);
  return {
    6443: { is: 'tls', ...(await signed(ca, 'CN=kube-apiserver')), routes: kubeadmRoutes },
    10250: {
      is: 'tls',
      ...(await signed(own, `CN=${node}@${Math.floor(now / 1000)}`)),
      routes: kubeletRoutes,
    },
    2379: { is: 'tls', ...(await signed(etcd, `CN=${node}`)), demands: etcd.cert, routes: {} },
  };
}

/** Talos: its API on 50000 demands a client certificate; the CA of its API server is `O=kubernetes`. */
export function talosPorts(node: string, addresses: readonly string[]): Record<number, Service> {
  const folder = mkdtempSync(join(tmpdir(), 'coldstart-talos-'));
  try {
    return talosIn(folder, node, addresses);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** By openssl: its CAs have no common name. */
function talosIn(folder: string, node: string, addresses: readonly string[]): Record<number, Service> {
  const names = [`DNS:${node}`, ...addresses.map(address => `IP:${address}`)].join(',');
  const signed = (ca: string, subject: string): Pair & { readonly ca: string } => {
    const file = (name: string): string => join(folder, `talos-${ca}-${name}`);
    const made = (name: string, subj: string, more: readonly string[]): void => {
      const key = [
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-keyout',
        file(`${name}.key`),
      ];
      const args = [
        'req',
        '-x509',
        ...key,
        '-subj',
        subj,
        '-days',
        '365',
        '-out',
        file(`${name}.crt`),
        ...more,
      ];
      execFileSync('openssl', args, { stdio: 'pipe' });
    };
    made('ca', `/O=${ca}`, []);
    const by = ['-CA', file('ca.crt'), '-CAkey', file('ca.key')];
    made('leaf', subject, [
      ...by,
      '-addext',
      `subjectAltName=${names}`,
      '-addext',
      'basicConstraints=CA:FALSE',
    ]);
    const read = (name: string): string => readFileSync(file(name), 'utf8');
    return { cert: read('leaf.crt') + read('ca.crt'), key: read('leaf.key'), ca: read('ca.crt') };
  };
  const api = signed('talos', `/O=talos/CN=${node}`);
  const kube = signed('kubernetes', '/O=kube-master/CN=kube-apiserver');
  return {
    50000: { is: 'tls', cert: api.cert, key: api.key, demands: api.ca, routes: {} },
    6443: { is: 'tls', cert: kube.cert, key: kube.key, routes: { '*': unauthorized } },
  };
}

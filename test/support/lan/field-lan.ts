import type { Cluster } from './certificates.ts';
import {
  anyName,
  forgedKubelet,
  kubeadmPorts,
  kubelet,
  newCluster,
  rogue,
  serverPorts,
  talosPorts,
} from './certificates.ts';
import type { HostSpec } from './host.ts';
import type { Service } from './orders.ts';

/** A network as a field site has it, and the parts of it tests ask about. */
export interface FieldLan {
  readonly hosts: readonly HostSpec[];
  /** The site's own cluster. */
  readonly domeC: Cluster;
  readonly stranger: Cluster;
}

/** Names that try to reach the page, the terminal or the eye of whoever reads them. */
export const hostileNames = {
  markup: '<script>alert(1)</script>',
  terminal: '\x1b[2J\x1b]0;owned\x07node-1',
  bidi: 'node\u202e1-rotcod',
} as const;

const says = (bytes: string | Uint8Array, times = 1): Service => ({
  is: 'says',
  bytes: Buffer.from(bytes).toString('base64'),
  times,
});
const tarpit: Service = { is: 'tarpit' };
const mebibyte = new Uint8Array(2 ** 20).fill(0x41);
/** Bytes that are neither SSH nor TLS nor HTTP, the same in every run. */
const garbage = Uint8Array.from({ length: 4096 }, (_, i) => (i * 197 + 13) % 256);

/** 32 machines and more in 10.66.0.0/24; `net` are its first three numbers. */
export async function fieldLan(net = '10.66.0'): Promise<FieldLan> {
  const [domeC, stranger, rke2] = await Promise.all([
    newCluster('k3s', 200),
    newCluster('k3s', 90),
    newCluster('rke2', 60),
  ]);
  const at = (last: number): string => `${net}.${last}`;
  const ssh = {};
  const k3s = (cluster: Cluster, name: string) => ({ cluster: name, caHash: cluster.caHash });

  const server = async (
    cluster: Cluster,
    of: string,
    name: string,
    addresses: readonly string[],
    { vip, ...more }: { readonly clockOffsetSeconds?: number; readonly vip?: string } = {},
  ) => ({
    name,
    kind: 'k3s-server' as const,
    node: name,
    addresses,
    ssh,
    services: await serverPorts({
      cluster,
      node: name,
      addresses,
      ...(cluster === domeC && { tlsSan: [at(10)] }),
      ...more,
    }),
    ...k3s(cluster, of),
    ...(vip !== undefined && { vip }),
    ...more,
  });
  const agent = async (
    cluster: Cluster,
    of: string,
    name: string,
    addresses: readonly string[],
    daysOld = 0,
  ) => ({
    name,
    kind: 'k3s-agent' as const,
    node: name,
    addresses,
    ssh,
    services: { 10250: await kubelet({ cluster, node: name, addresses, daysOld }) },
    cluster: of,
  });
  const plain = (name: string, addresses: readonly string[]): HostSpec => ({
    name,
    kind: 'ssh',
    addresses,
    ssh,
  });

  const servers: HostSpec[] = [
    {
      // Holds the control plane's shared address as well.
      ...(await server(domeC, 'dome-c', 'dome-1', [at(11)], { vip: at(10) })),
      mdns: {
        host: 'dome-1',
        services: [
          { type: '_ssh._tcp', port: 22 },
          { type: '_sftp-ssh._tcp', port: 22 },
        ],
      },
    },
    await server(domeC, 'dome-c', 'dome-2', [at(12), at(112)]),
    await server(domeC, 'dome-c', 'dome-3', [at(13)], { clockOffsetSeconds: -400 }),
    await server(stranger, 'stranger', 'other-1', [at(31)]),
  ];
  const agents: HostSpec[] = [
    await agent(domeC, 'dome-c', 'dome-4', [at(21)]),
    await agent(domeC, 'dome-c', 'dome-5', [at(22)]),
    // Its certificate ends in two weeks; that of the next one has ended.
    await agent(domeC, 'dome-c', 'dome-6', [at(23)], 351),
    await agent(domeC, 'dome-c', 'dome-7', [at(24)], 380),
    await agent(stranger, 'stranger', 'other-2', [at(32)]),
    {
      ...(await agent(domeC, 'dome-c', 'dome-8', [])),
      mdns: { host: 'dome-8', services: [{ type: '_ssh._tcp', port: 22 }] },
    },
    // A static address of another network: found by IPv6 only.
    await agent(domeC, 'dome-c', 'dome-9', ['192.168.77.5/24']),
    // Comes up while the scan goes on.
    { ...(await agent(domeC, 'dome-c', 'dome-10', [at(101)])), lateMs: 2000 },
  ];
  const others: HostSpec[] = [
    {
      name: 'rke2',
      kind: 'rke2',
      node: 'rke2-1',
      addresses: [at(41)],
      ssh,
      cluster: 'rke2',
      caHash: rke2.caHash,
      services: await serverPorts({ cluster: rke2, node: 'rke2-1', addresses: [at(41)] }),
    },
    {
      name: 'talos',
      kind: 'talos',
      node: 'talos-1',
      addresses: [at(42)],
      services: talosPorts('talos-1', [at(42)]),
    },
    {
      name: 'kubeadm',
      kind: 'kubernetes',
      node: 'kubeadm-1',
      addresses: [at(43)],
      ssh,
      services: await kubeadmPorts('kubeadm-1', [at(43)]),
    },
    { name: 'registry', kind: 'registry', addresses: [at(51)], ssh, registry: true },
    { ...plain('exporter', [at(52)]), exporter: true },
    {
      ...plain('announcer', [at(53)]),
      mdns: {
        host: 'announcer',
        services: [
          { type: '_ssh._tcp', port: 22, text: hostileNames.markup },
          { type: '_iostream._tcp', port: 3001 },
        ],
      },
    },
    plain('plain-1', [at(71)]),
    plain('plain-2', [at(72)]),
    plain('plain-3', [at(254)]),
  ];
  const firewalled: HostSpec[] = [
    {
      name: 'drops-all',
      kind: 'closed',
      addresses: [at(81)],
      firewall: { rules: ['meta l4proto tcp drop'], meets: { 22: 'silent', 6443: 'silent' } },
    },
    {
      ...plain('drops-some', [at(82)]),
      firewall: { rules: ['tcp dport != 22 drop'], meets: { 6443: 'silent', 10250: 'silent' } },
    },
    {
      ...plain('rejects-some', [at(83)]),
      firewall: {
        rules: ['tcp dport != 22 reject with icmpx type port-unreachable'],
        meets: { 6443: 'rejected', 10250: 'rejected' },
      },
    },
    {
      name: 'rejects-all',
      kind: 'closed',
      addresses: [at(84)],
      firewall: {
        rules: ['meta l4proto tcp reject with icmpx type admin-prohibited'],
        meets: { 22: 'rejected', 6443: 'rejected' },
      },
    },
    { name: 'resets-all', kind: 'closed', addresses: [at(85)] },
  ];
  const hostile: HostSpec[] = [
    {
      ...plain('rogue', [at(61)]),
      kind: 'k3s',
      caHash: domeC.caHash,
      services: await rogue({ cluster: domeC, node: 'dome-1', addresses: [at(61)] }),
    },
    {
      ...plain('forged-agent', [at(62)]),
      kind: 'k3s-agent',
      services: { 10250: await forgedKubelet({ cluster: domeC, node: 'dome-11', addresses: [at(62)] }) },
    },
    {
      name: 'tarpit',
      kind: 'other',
      addresses: [at(91)],
      services: Object.fromEntries(
        [22, 6443, 10250, 2379, 2380, 9100, 5000, 9345, 50000].map(port => [port, tarpit]),
      ),
    },
    {
      name: 'flood',
      kind: 'other',
      addresses: [at(92)],
      services: { 22: says(mebibyte, 10), 6443: says(mebibyte, 10) },
    },
    {
      name: 'garbage',
      kind: 'other',
      addresses: [at(93)],
      services: { 22: says(garbage), 6443: says(garbage), 9100: says(garbage) },
    },
    {
      name: 'hostile-names',
      kind: 'k3s-agent',
      node: hostileNames.terminal,
      addresses: [at(94)],
      cluster: 'stranger',
      services: {
        22: says(`SSH-2.0-\x1b[2J${hostileNames.bidi}\r\n`),
        10250: await kubelet({
          cluster: stranger,
          node: anyName(hostileNames.terminal),
          addresses: [at(94)],
        }),
      },
    },
  ];
  const twins: HostSpec[] = [
    { ...plain('same-address-1', [at(111)]) },
    { ...plain('same-address-2', [at(111)]) },
    plain('original', [at(121)]),
    { ...plain('clone', [at(122)]), ssh: { keysOf: 'original' } },
    { ...plain('late-banner', [at(102)]), ssh: { lateMs: 2000 } },
  ];
  return { hosts: [...servers, ...agents, ...others, ...firewalled, ...hostile, ...twins], domeC, stranger };
}

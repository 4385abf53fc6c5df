import type { Station } from './station.ts';

export interface Listening {
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
  readonly process: string;
  readonly pid: number;
}

/** The node's network as `ip` and `ss` show it. */
export interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly gateway: string;
  listening(): Listening[];
  procRoute(): string;
  procTcp(): string;
}

const base = (address: string, host: number): string =>
  [...address.split('.').slice(0, 3), String(host)].join('.');

const hex = (address: string): string =>
  address
    .split('.')
    .reverse()
    .map(part => Number(part).toString(16).toUpperCase().padStart(2, '0'))
    .join('');

export function networkOf(station: Station): Network {
  const [address = '192.168.50.11', prefix = '24'] = station.scenario.lan.split('/');
  const listening = (): Listening[] => [
    { protocol: 'tcp', address: '0.0.0.0', port: 22, process: 'sshd', pid: 200 },
    ...station.scenario.portsTaken.map(port => ({
      protocol: 'tcp' as const,
      address: '0.0.0.0',
      port,
      process: 'haproxy',
      pid: 811,
    })),
    ...proxies(station),
    ...(station.parts.get('k3s') ? k3sPorts(station, address) : []),
  ];
  return {
    address,
    prefix: Number(prefix),
    gateway: base(address, 1),
    listening,
    procRoute: () =>
      `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n${station.scenario.defaultRoute ? `eth0\t00000000\t${hex(base(address, 1))}\t0003\t0\t0\t100\t00000000\t0\t0\t0\n` : ''}eth0\t${hex(base(address, 0))}\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n`,
    procTcp: () =>
      `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n${listening()
        .filter(l => l.protocol === 'tcp')
        .map(
          (l, i) =>
            `${String(i).padStart(4)}: ${hex(l.address)}:${l.port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 ${20000 + i} 1 0000000000000000 100 0 0 10 0\n`,
        )
        .join('')}`,
  };
}

/** What a load balancer on the node listens on, by its own configuration. */
function proxies(station: Station): Listening[] {
  const unit = station.services.running().find(each => each.name === 'haproxy.service');
  if (unit?.active !== 'active' || !station.tree.peek('/etc/haproxy/haproxy.cfg')) return [];
  return [...station.tree.read('/etc/haproxy/haproxy.cfg').matchAll(/^\s*bind\s+\S*:(\d+)/gm)].map(found => ({
    protocol: 'tcp' as const,
    address: '0.0.0.0',
    port: Number(found[1]),
    process: 'haproxy',
    pid: unit.pid,
  }));
}

/** The address systemd-networkd gives: a static one of its files, else what DHCP leases. */
export function settleNetwork(station: Station): void {
  const { tree } = station;
  const folder = tree.peek('/etc/systemd/network');
  const texts =
    folder?.kind === 'folder'
      ? [...folder.entries.keys()]
          .filter(name => name.endsWith('.network'))
          .sort()
          .map(name => tree.read(`/etc/systemd/network/${name}`))
      : [];
  const text =
    texts.find(each => /^Name=.*\b(eth0|e\*|en\*|eth\*)/m.test(each) || /^MACAddress=/m.test(each)) ?? '';
  const lan = /^Address=(\d+\.\d+\.\d+\.\d+\/\d+)/m.exec(text)?.[1];
  const gateway = /^Gateway=\d/m.test(text);
  station.scenario = {
    ...station.scenario,
    ...(lan !== undefined && { lan }),
    ...((gateway || /^\[Route\]/m.test(text)) && { defaultRoute: true }),
  };
  station.important();
}

function k3sPorts(station: Station, address: string): Listening[] {
  const unit = station.services
    .running()
    .find(each => each.name.startsWith('k3s') && each.active === 'active');
  if (!unit) return [];
  const etcd = station.tree.peek('/var/lib/rancher/k3s/server/db/etcd') !== undefined;
  const loopback = [
    10248,
    10249,
    10256,
    10257,
    10258,
    10259,
    10010,
    6444,
    ...(etcd ? [2379, 2380, 2381, 2382] : []),
  ];
  const of = (at: string, port: number, protocol: 'tcp' | 'udp' = 'tcp') => ({
    protocol,
    address: at,
    port,
    process: 'k3s-server',
    pid: unit.pid,
  });
  return [
    of('0.0.0.0', 6443),
    of('0.0.0.0', 10250),
    ...loopback.map(port => of('127.0.0.1', port)),
    ...(etcd ? [of(address, 2379), of(address, 2380)] : []),
    of('0.0.0.0', 8472, 'udp'),
  ];
}

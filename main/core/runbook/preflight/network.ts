import { address, holds, network, overlap } from '../addresses.ts';
import type { Network } from '../addresses.ts';
import { wrongNodeName } from '../names.ts';
import { defaultDevice, interfaces, isOwnLink, listener, listening, nodeAddress } from './facts.ts';
import { judge, ours } from './sight.ts';
import type { Judge, Sight } from './sight.ts';

const hostname = judge('hostname', 'Name of the node', ({ facts, options, others }) => {
  const host = facts.one('hostname');
  const name = options?.nodeName ?? host?.toLowerCase();
  if (name === undefined) return ['unknown', 'The node did not say its name.'];
  const wrong = wrongNodeName(name);
  if (wrong !== undefined)
    return [
      'blocked',
      `${JSON.stringify(name)} will not do: ${wrong}.`,
      'Set another host name, or give the node a name in the options.',
    ];
  const twin = others.find(other => other.name.toLowerCase() === name);
  if (twin)
    return ['blocked', `${name} is the name of another node of this site.`, 'Give one of them another name.'];
  if (host !== undefined && wrongNodeName(host.toLowerCase()) !== undefined)
    return [
      'warned',
      `${name}; the host itself is called ${JSON.stringify(host)}.`,
      'It works, because the node’s name is written into the configuration.',
    ];
  return ['passed', name];
});

const route = judge('route', 'Default route', ({ facts }) => {
  const device = defaultDevice(facts);
  if (device !== undefined) return ['passed', `through ${device}`];
  return facts.all('route').length === 0 &&
    facts.all('route.hex').length === 0 &&
    facts.all('addr').length === 0
    ? ['unknown', 'The node’s routes could not be read.']
    : [
        'blocked',
        'There is none: K3s finds no address, and services answer nobody.',
        'Add one; without a router a dummy interface will do (ip link add dummy0 type dummy; ip route add default dev dummy0).',
      ];
});

const ownAddress = judge('address', 'Address of the node', ({ facts, options }) => {
  const found = interfaces(facts);
  const wanted = options?.nodeIp;
  if (wanted !== undefined && wanted !== '' && found.length > 0 && !found.some(({ ip }) => ip === wanted))
    return [
      'blocked',
      `${wanted} is on none of its interfaces (${found
        .map(({ ip }) => ip)
        .filter(ip => ip !== '127.0.0.1' && ip !== '::1')
        .join(', ')}).`,
      'Give an address the node has, or leave it empty.',
    ];
  const at = wanted === undefined || wanted === '' ? nodeAddress(facts) : wanted;
  return at === undefined
    ? ['unknown', 'The node’s address could not be found out.', 'Give it in the options.']
    : ['passed', `${at}; it must never change, so it should be static or reserved`];
});

/** Networks the site uses already: the node's own, and what it has routes to. K3s' own links do not count. */
function local({ facts }: Sight): { net: Network; says: string }[] {
  const own = interfaces(facts).filter(({ name }) => name !== 'lo' && !isOwnLink(name));
  const routes = facts
    .all('route')
    .filter(line => !/\bdev (cni|flannel|veth)/.test(line) && !line.startsWith('default'));
  const named = [
    ...own.map(({ cidr, name }) => ({ text: cidr, says: `${cidr} on ${name}` })),
    ...routes.map(line => ({ text: line.split(' ')[0] ?? '', says: `the route ${line.trim()}` })),
  ];
  return named.flatMap(({ text, says }) => {
    const plain = text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`;
    const net = network(plain);
    return net && !(net.family === 6 && net.value >> 118n === 0x3fan) ? [{ net, says }] : [];
  });
}

const cidrs = judge('cidrs', 'Networks of pods and services', sight => {
  const { facts, options } = sight;
  const chosen = [options?.clusterCidr ?? '10.42.0.0/16', options?.serviceCidr ?? '10.43.0.0/16'];
  if (facts.all('addr').length === 0 && facts.all('route').length === 0)
    return [
      'unknown',
      'The node’s addresses could not be read.',
      'Compare the networks with the site’s plan by hand.',
    ];
  const taken = local(sight);
  for (const text of chosen) {
    const net = network(text);
    const clash = net && taken.find(one => overlap(net, one.net));
    if (clash)
      return [
        'blocked',
        `${text} overlaps ${clash.says}.`,
        'Choose another network in the options; it can never be changed later.',
      ];
  }
  // the same holds for how we reach the node and its neighbours
  const far = sight.others.find(({ address: at }) => {
    const ip = address(at);
    return (
      ip &&
      chosen.some(text => {
        const net = network(text);
        return net && holds(net, ip);
      })
    );
  });
  return far
    ? [
        'blocked',
        `${far.name} of this site has the address ${far.address}, inside ${chosen.join(' or ')}.`,
        'Choose another network in the options.',
      ]
    : ['passed', `${chosen.join(' and ')} are free here`];
});

/** TCP ports of a server (facts of K3s' requirements), and who of K3s takes them. */
const ports = new Map([
  [6443, 'API'],
  [6444, 'API, inside'],
  [2379, 'etcd clients'],
  [2380, 'etcd peers'],
  [2381, 'etcd metrics'],
  [10010, 'containers'],
  [10248, 'kubelet health'],
  [10249, 'kube-proxy'],
  [10250, 'kubelet'],
  [10256, 'kube-proxy health'],
  [10257, 'controller manager'],
  [10258, 'cloud controller'],
  [10259, 'scheduler'],
]);

const free = judge('ports', 'Ports', sight => {
  const tcp = listening(sight.facts, 'tcp');
  if (!tcp) return ['unknown', 'The node’s ports could not be read.'];
  const taken = [...ports].filter(([port]) => tcp.has(port));
  if (taken.length === 0) {
    const vxlan = listening(sight.facts, 'udp')?.has(8472) === true && !ours(sight);
    return vxlan
      ? [
          'warned',
          'UDP 8472 is in use, which flannel takes for VXLAN.',
          'Find out what holds it: another overlay network will be in the way.',
        ]
      : ['passed', 'all free'];
  }
  const strangers = taken.filter(([port]) => !(listener(sight.facts, port) ?? 'k3s').startsWith('k3s'));
  // whether that K3s may stay is a check of its own
  if (sight.k3s.active && strangers.length === 0) return ['passed', 'held by the K3s that is here'];
  const says = taken.map(([port, use]) => {
    const who = listener(sight.facts, port);
    return `${port} (${use}${who === undefined ? '' : `, held by ${who}`})`;
  });
  return ['blocked', `Taken: ${says.join(', ')}.`, 'Stop what holds them; ss -ltnp on the node names it.'];
});

const firewall = judge('firewall', 'Firewall', ({ facts, options }) => {
  const open = `6443, 10250, 2379 and 2380/tcp, 8472/udp between nodes, and everything from ${options?.clusterCidr ?? '10.42.0.0/16'} and ${options?.serviceCidr ?? '10.43.0.0/16'}`;
  const active = [
    ...(facts.one('ufw')?.startsWith('Status: active') === true ? ['ufw'] : []),
    ...(facts.one('firewalld') === 'running' ? ['firewalld'] : []),
    ...(facts.all('nft').some(line => /policy drop/.test(line)) ? ['nftables with policy drop'] : []),
    ...(facts.all('iptables').some(line => /(DROP|REJECT)$/.test(line)) ? ['iptables with policy DROP'] : []),
  ];
  if (active.length > 0)
    return ['warned', `Active: ${active.join(', ')}.`, `Allow ${open}. It need not be switched off.`];
  return facts.one('uid') === '0' ? ['passed', 'none active'] : ['unknown', 'Only root can see it.'];
});

const dns = judge('dns', 'Name servers', ({ facts }) => {
  const servers = facts.all('dns');
  const usable = servers.filter(at => !/^(127\.|169\.254\.|::1$|fe80:|22[4-9]\.|23\d\.)/i.test(at));
  if (usable.length > 0) return ['passed', usable.join(', ')];
  return [
    'warned',
    servers.length === 0
      ? 'resolv.conf names no server.'
      : `resolv.conf names only ${servers.join(', ')}, which pods cannot reach.`,
    'K3s then writes 8.8.8.8 for its pods, and every lookup waits in vain. Name a server of the site, or an address nobody has.',
  ];
});

/** What the network must bring. */
export const networkJudges: readonly Judge[] = [hostname, route, ownAddress, cidrs, free, firewall, dns];

import { address } from '../addresses.ts';

/** Who sets up the network of a machine. */
export const managers = ['netplan', 'NetworkManager', 'networkd', 'dhcpcd', 'ifupdown'] as const;
export type Manager = (typeof managers)[number];

/** A fixed IPv4 address of one device. */
export interface Fixed {
  readonly device: string;
  /** `192.0.2.10/24`. */
  readonly cidr: string;
  /** Empty: none. */
  readonly gateway: string;
  readonly dns: readonly string[];
}

/** What is wrong with it, in a sentence; undefined when it will do. */
export function wrongFixed({ device, cidr, gateway, dns }: Fixed): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9._-]{0,14}$/.test(device)) return `“${device}” is no network device`;
  const [ip = '', bits = '', more] = cidr.split('/');
  const own = address(ip);
  if (!own || own.family !== 4 || more !== undefined || !/^([1-9]|[12]\d|30)$/.test(bits))
    return `“${cidr}” is not of the form 192.168.1.10/24`;
  const shift = 32n - BigInt(bits);
  const host = own.value & ((1n << shift) - 1n);
  if (host === 0n || host === (1n << shift) - 1n)
    return `${cidr} is the first or last address of its network, which no machine may have`;
  if (gateway !== '') {
    const way = address(gateway);
    if (!way || way.family !== 4) return `“${gateway}” is no address of a gateway`;
    if (way.value >> shift !== own.value >> shift)
      return `the gateway ${gateway} is not in the network of ${cidr}`;
    if (way.value === own.value) return 'the gateway is the node itself';
  }
  const bad = dns.find(one => !address(one));
  return bad === undefined ? undefined : `“${bad}” is no address of a name server`;
}

/** One file to be changed, so that the address is there at every start. */
export interface NetworkFile {
  readonly path: string;
  readonly mode: number;
  readonly shown: string;
  change(text: string): string;
  done(text: string): boolean;
}

const whole = (path: string, mode: number, text: string): NetworkFile => ({
  path,
  mode,
  shown: text,
  change: () => text,
  done: found => found === text,
});

const mark = '# written by Coldstart: a fixed address';

const networkd = ({ device, cidr, gateway, dns }: Fixed): string =>
  [
    mark,
    '[Match]',
    `Name=${device}`,
    '',
    '[Network]',
    `Address=${cidr}`,
    ...(gateway === '' ? [] : [`Gateway=${gateway}`]),
    ...dns.map(one => `DNS=${one}`),
    '',
  ].join('\n');

const netplan = ({ device, cidr, gateway, dns }: Fixed): string =>
  [
    mark,
    'network:',
    '  version: 2',
    '  ethernets:',
    `    ${device}:`,
    '      dhcp4: false',
    `      addresses: [${cidr}]`,
    ...(gateway === '' ? [] : ['      routes:', '        - to: default', `          via: ${gateway}`]),
    ...(dns.length === 0 ? [] : ['      nameservers:', `        addresses: [${dns.join(', ')}]`]),
    '',
  ].join('\n');

const keyfile = ({ device, cidr, gateway, dns }: Fixed): string =>
  [
    mark,
    '[connection]',
    `id=coldstart-${device}`,
    'type=ethernet',
    `interface-name=${device}`,
    'autoconnect=true',
    'autoconnect-priority=100',
    '',
    '[ipv4]',
    'method=manual',
    `address1=${cidr}${gateway === '' ? '' : `,${gateway}`}`,
    ...(dns.length === 0 ? [] : [`dns=${dns.join(';')};`]),
    '',
    '[ipv6]',
    'method=auto',
    '',
  ].join('\n');

/** Takes out what an earlier run wrote between its marks. */
const unmarked = (text: string): string =>
  text
    .replace(new RegExp(`\\n?${mark}\\n[^]*?# end of what Coldstart wrote\\n`, 'g'), '\n')
    .replace(/^\n$/, '');

const between = (lines: readonly string[]): string =>
  [mark, ...lines, '# end of what Coldstart wrote', ''].join('\n');

/** A file that others have a part in: our part stands at its end, between marks. */
const part = (path: string, own: string, before: (text: string) => string): NetworkFile => {
  const change = (text: string): string => {
    const rest = before(unmarked(text)).replace(/\n*$/, '');
    return `${rest}${rest === '' ? '' : '\n\n'}${own}`;
  };
  return { path, mode: 0o644, shown: own, change, done: text => text !== '' && change(text) === text };
};

/** Puts # before the stanza of a device, so that only one says how it is set up. */
export function withoutStanza(interfaces: string, device: string): string {
  let inside = false;
  return interfaces
    .split('\n')
    .map(line => {
      const head =
        /^\s*(iface|auto|allow-\S+|mapping|source|source-directory|no-auto-down|no-scripts)\s+(\S+)(?:\s+(\S+))?/.exec(
          line,
        );
      if (head) inside = head[1] === 'iface' && head[2] === device && head[3] !== 'inet6';
      return inside && line.trim() !== '' && !line.trim().startsWith('#') ? `# ${line}` : line;
    })
    .join('\n');
}

/** The file that makes an address stay, for whoever sets up the network here. */
export function networkFile(manager: Manager, fixed: Fixed): NetworkFile {
  const { device, cidr, gateway, dns } = fixed;
  switch (manager) {
    case 'networkd':
      // the first file that matches a device is the only one that counts
      return whole(`/etc/systemd/network/05-coldstart-${device}.network`, 0o644, networkd(fixed));
    case 'netplan':
      return whole('/etc/netplan/95-coldstart.yaml', 0o600, netplan(fixed));
    case 'NetworkManager':
      return whole(
        `/etc/NetworkManager/system-connections/coldstart-${device}.nmconnection`,
        0o600,
        keyfile(fixed),
      );
    case 'dhcpcd':
      return part(
        '/etc/dhcpcd.conf',
        between([
          `interface ${device}`,
          `static ip_address=${cidr}`,
          ...(gateway === '' ? [] : [`static routers=${gateway}`]),
          ...(dns.length === 0 ? [] : [`static domain_name_servers=${dns.join(' ')}`]),
        ]),
        text => text,
      );
    case 'ifupdown':
      return part(
        '/etc/network/interfaces',
        between([
          `auto ${device}`,
          `iface ${device} inet static`,
          `    address ${cidr}`,
          ...(gateway === '' ? [] : [`    gateway ${gateway}`]),
          ...(dns.length === 0 ? [] : [`    dns-nameservers ${dns.join(' ')}`]),
        ]),
        text => withoutStanza(text, device),
      );
    default:
      return manager satisfies never;
  }
}

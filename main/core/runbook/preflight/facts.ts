import type { Arch } from '../../../../preload/contract/domain.ts';

/** What the collection script said: each key with its values, in order. Control characters are gone. */
export interface Facts {
  /** The first value of a key; undefined when the node said nothing about it. */
  one(key: string): string | undefined;
  all(key: string): readonly string[];
  /** True when the script ran to its end. */
  readonly whole: boolean;
}

// Node output is outside: no escape sequence of it may reach a screen, no line may be endless.
// eslint-disable-next-line no-control-regex
const tame = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '').slice(0, 4096);

/** Reads the lines of the collection script; lines of another form are passed over. */
export function facts(stdout: string): Facts {
  const values = new Map<string, string[]>();
  for (const line of stdout.split('\n')) {
    const at = line.indexOf('=');
    const key = line.slice(0, at);
    if (at < 1 || !/^[a-z0-9.]+$/.test(key)) continue;
    const value = tame(line.slice(at + 1));
    if (value !== '') values.set(key, [...(values.get(key) ?? []), value]);
  }
  const all = (key: string): readonly string[] => values.get(key) ?? [];
  return { all, one: key => all(key)[0], whole: all('end').length > 0 };
}

/** K3s' name for what `uname -m` says; undefined when K3s has no binary for it. */
export function archOf(machine: string | undefined): Arch | undefined {
  if (machine === 'x86_64' || machine === 'amd64') return 'amd64';
  if (machine === 'aarch64' || machine === 'arm64') return 'arm64';
  return machine?.startsWith('arm') === true ? 'arm' : undefined;
}

/** A file system as `df` tells it; sizes in bytes. */
export interface Space {
  readonly at: string;
  readonly total: number;
  readonly free: number;
  readonly mountedAt: string;
  readonly freeInodes: number | undefined;
  readonly write: 'yes' | 'no' | undefined;
}

/** The file system that holds (or would hold) a folder: `data`, `bin`, `tmp` or `root`. */
export function space(seen: Facts, which: 'data' | 'bin' | 'tmp' | 'root'): Space | undefined {
  const found = /^(\d+) (\d+) (.+)$/.exec(seen.one(`${which}.kib`) ?? '');
  if (!found) return undefined;
  const inodes = /^(\d+) (\d+)$/.exec(seen.one(`${which}.inodes`) ?? '');
  const write = seen.one(`${which}.write`);
  return {
    at: seen.one(`${which}.at`) ?? '',
    total: Number(found[1]) * 1024,
    free: Number(found[2]) * 1024,
    mountedAt: found[3] ?? '',
    // btrfs and others count no inodes and say 0 of 0
    freeInodes: inodes && Number(inodes[1]) > 0 ? Number(inodes[2]) : undefined,
    write: write === 'yes' || write === 'no' ? write : undefined,
  };
}

export interface Mount {
  readonly device: string;
  readonly at: string;
  readonly type: string;
  readonly options: readonly string[];
}

const unescaped = (text: string): string =>
  text.replaceAll(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(parseInt(octal, 8)));

/** The mount that holds a folder: the longest mount point that leads to it; of equals the last one covers the others. */
export function mountOf(seen: Facts, path: string): Mount | undefined {
  let best: Mount | undefined;
  for (const line of seen.all('mount')) {
    const [device = '', at = '', type = '', options = ''] = line.split(' ').map(unescaped);
    const leads = at === '/' || path === at || path.startsWith(`${at}/`);
    if (leads && at.length >= (best?.at.length ?? 0))
      best = { device, at, type, options: options.split(',') };
  }
  return best;
}

/** Ports somebody listens on, from the kernel's own table; undefined when it could not be read. */
export function listening(seen: Facts, kind: 'tcp' | 'udp'): ReadonlySet<number> | undefined {
  if (seen.one('listen.read') !== 'yes') return undefined;
  const lines = seen.all(kind === 'tcp' ? 'listen' : 'udp');
  return new Set(lines.map(line => parseInt(line.split(':')[1] ?? '', 16)).filter(port => port > 0));
}

/** Who listens on a TCP port, by process name, where `ss` told. */
export function listener(seen: Facts, port: number): string | undefined {
  const line = seen.all('ss').find(one => one.split(' ')[0]?.endsWith(`:${port}`) === true);
  return /"([^"]{1,32})"/.exec(line ?? '')?.[1];
}

/** Kilobytes of one line of /proc/meminfo, in bytes. */
export function memory(seen: Facts, name: 'MemTotal' | 'MemAvailable' | 'SwapTotal'): number | undefined {
  const found = seen.all('mem').find(line => line.startsWith(`${name}:`));
  return found === undefined ? undefined : Number(found.slice(name.length + 1)) * 1024;
}

/** An address of the node with its network, as `ip addr` writes it: `192.0.2.2/24`. */
export interface Interface {
  readonly name: string;
  readonly cidr: string;
  readonly ip: string;
}
/** Links that K3s itself makes; their networks are its own. */
const ownLinks = /^(cni|flannel|veth|cali|kube|docker|br-|virbr|lxc)/;
export const interfaces = (seen: Facts): readonly Interface[] =>
  seen.all('addr').flatMap(line => {
    const [name = '', cidr = ''] = line.split(' ');
    return cidr === '' ? [] : [{ name: name.replace(/@.*$/, ''), cidr, ip: cidr.split('/')[0] ?? '' }];
  });
export const isOwnLink = (name: string): boolean => /^(cni|flannel|veth)/.test(name);
const usable = ({ name, ip }: Interface): boolean =>
  name !== 'lo' && !ownLinks.test(name) && !/^(127\.|169\.254\.|::1$|fe80:)/i.test(ip);

/** The device of the default route; undefined when there is none. */
export function defaultDevice(seen: Facts): string | undefined {
  for (const route of seen.all('route')) {
    const found = /^default .*\bdev (\S+)/.exec(route);
    if (found) return found[1];
  }
  for (const line of seen.all('route.hex')) {
    const [name, to, , mask] = line.split(' ');
    if (to === '00000000' && (mask === '00000000' || mask === undefined)) return name;
  }
  return undefined;
}

/** The address K3s would choose: the source of the default route, else the first usable one of its device, else the only one. */
export function nodeAddress(seen: Facts): string | undefined {
  const source = /\bsrc (\S+)/.exec(seen.one('route.out') ?? '')?.[1];
  if (source !== undefined) return source;
  const all = interfaces(seen).filter(usable);
  const device = defaultDevice(seen);
  return (
    all.find(one => one.name === device && !one.ip.includes(':')) ??
    all.find(one => !one.ip.includes(':')) ??
    all[0]
  )?.ip;
}

/** What of K3s is on the node. */
export interface K3sThere {
  readonly binary: boolean;
  /** Version as `k3s --version` says it, e.g. `v1.33.5+k3s1`. */
  readonly version: string | undefined;
  readonly unit: 'k3s' | 'k3s-agent' | undefined;
  readonly active: boolean;
  readonly db: 'none' | 'etcd' | 'sqlite' | 'agent' | 'unknown';
  /** Hash of the token the node's config or server folder holds. */
  readonly tokenHash: string | undefined;
  readonly caHash: string | undefined;
  readonly snapshots: number;
}

export function k3sThere(seen: Facts): K3sThere {
  const dbs = seen.all('k3s.db');
  const unit = seen.one('k3s.unit');
  const read = seen.one('k3s.read') === 'yes';
  return {
    binary: seen.one('k3s.binary') === 'yes',
    version: /\bv\d+\.\d+\.\d+\S*/.exec(seen.one('k3s.version') ?? '')?.[0],
    unit: unit === 'k3s' || unit === 'k3s-agent' ? unit : undefined,
    active: /^(active|activating|reloading)$/.test(seen.one('k3s.active') ?? ''),
    db: dbs.includes('etcd')
      ? 'etcd'
      : dbs.includes('sqlite')
        ? 'sqlite'
        : dbs.includes('agent')
          ? 'agent'
          : read || seen.one('k3s.data') === undefined
            ? 'none'
            : 'unknown',
    tokenHash: seen.one('k3s.token') ?? seen.one('k3s.config.token'),
    caHash: seen.one('k3s.ca'),
    snapshots: Number(seen.one('k3s.snapshots') ?? 0),
  };
}

/** Serial consoles worth a getty: what the kernel writes to first, then what is built in. */
export function serialConsoles(seen: Facts): readonly string[] {
  const named = [...(seen.one('cmdline') ?? '').matchAll(/\bconsole=(tty[A-Z]+[0-9]+)/g)].map(
    found => found[1] ?? '',
  );
  const active = (seen.one('console') ?? '').split(' ').filter(name => /^tty[A-Z]+[0-9]+$/.test(name));
  return [...new Set([...named.toReversed(), ...active, ...seen.all('tty')])];
}

/** Milliseconds the node's clock is ahead of the laptop's, to about a second; undefined when the node did not say. */
export function clockAhead(
  seen: Facts,
  laptop: { readonly before: number; readonly after: number },
): number | undefined {
  const now = Number(seen.one('now') ?? Number.NaN) * 1000;
  if (Number.isNaN(now)) return undefined;
  if (now < laptop.before - 1000) return now - laptop.before;
  return now > laptop.after ? now - laptop.after : 0;
}

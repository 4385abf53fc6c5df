import type { Brought, Piece } from './piece.ts';
import { tame } from './log.ts';

/** What the pieces say besides logs, in numbers. Absent fields were not measured. */
export interface Facts {
  readonly clock?: ClockFacts;
  readonly disks: readonly DiskFacts[];
  readonly mounts: readonly MountFacts[];
  readonly service?: ServiceFacts;
  readonly certificates: readonly CertificateFacts[];
  readonly addresses: readonly string[];
  /** A default route is there; absent when routes could not be read. */
  readonly defaultRoute?: boolean;
  readonly listeners: readonly { readonly port: number; readonly program?: string; readonly line: string }[];
  readonly etcd: EtcdFacts;
  /** Whether K3s answers on this node; absent when nothing on the node can ask. */
  readonly answers?: boolean;
  readonly config: ReadonlyMap<string, string>;
  readonly boot: BootFacts;
  readonly memoryCgroup?: boolean;
  /** Names in `agent/containerd*` that are not the one in use: somebody moved it aside. */
  readonly containerdAside: readonly string[];
}

export interface ClockFacts {
  /** The node's clock minus the laptop's, in seconds; 0 within what the asking itself took. */
  readonly offSeconds?: number;
  readonly now: number;
  readonly line: string;
  readonly synchronised?: boolean;
}

export interface DiskFacts {
  readonly at: string;
  readonly device: string;
  readonly totalKib: number;
  readonly freeKib: number;
  readonly spaceLine: string;
  readonly inodes?: { readonly total: number; readonly free: number; readonly line: string };
}

export interface MountFacts {
  readonly device: string;
  readonly at: string;
  readonly type: string;
  readonly readOnly: boolean;
  readonly line: string;
}

export interface ServiceFacts {
  readonly manager: 'systemd' | 'openrc';
  readonly unit: 'k3s' | 'k3s-agent' | 'none';
  readonly is: 'running' | 'starting' | 'stopped' | 'failed';
  readonly restarts: number;
  readonly enabled?: boolean;
  readonly line: string;
}

export interface CertificateFacts {
  readonly path: string;
  readonly from: number;
  readonly until: number;
  readonly line: string;
}

export interface EtcdFacts {
  readonly health?: { readonly ok: boolean; readonly line: string };
  readonly hasLeader?: boolean;
  readonly members?: number;
  readonly fsync?: { readonly p99Seconds: number; readonly count: number };
}

export interface BootFacts {
  /** `systemctl is-system-running`, or absent. */
  readonly state?: string;
  readonly emergency: boolean;
  /** Lines of fstab whose device is not there. */
  readonly lost: readonly string[];
}

const linesIn = (piece: Piece | undefined): readonly string[] =>
  piece === undefined
    ? []
    : piece.text
        .split('\n')
        .map(tame)
        .filter(line => line !== '');

/** The value behind a word at the beginning of a line. */
const valueOf = (lines: readonly string[], word: string): string | undefined =>
  lines.find(line => line.startsWith(`${word} `))?.slice(word.length + 1);

function clock(lines: readonly string[], laptop: Brought['laptop']): ClockFacts | undefined {
  const text = valueOf(lines, 'now');
  if (text === undefined || !/^\d{1,12}$/.test(text)) return undefined;
  const now = Number(text) * 1000;
  const ntp = lines.find(line => line.startsWith('NTPSynchronized='));
  return {
    now,
    line: lines.find(line => line.startsWith('date ')) ?? `now ${text}`,
    ...(laptop && { offSeconds: apart(now, laptop) }),
    ...(ntp !== undefined && { synchronised: ntp.endsWith('=yes') }),
  };
}

/** How far the node's clock is off: 0 when it may have been read at the same moment (it counts in whole seconds). */
function apart(now: number, { before, after }: NonNullable<Brought['laptop']>): number {
  if (now > after) return Math.round((now - after) / 1000);
  return now + 1000 < before ? Math.round((now + 1000 - before) / 1000) : 0;
}

const dfLine = /^(\S.*?)\s+(\d+)\s+(-?\d+)\s+(-?\d+)\s+(\d+%|-)\s+(\/.*)$/;

function disks(space: readonly string[], inodes: readonly string[]): readonly DiskFacts[] {
  return space.flatMap(line => {
    const found = dfLine.exec(line);
    if (!found) return [];
    const [, device = '', total, , free, , at = ''] = found;
    const other = inodes.map(one => dfLine.exec(one)).find(one => one?.[6] === at);
    return [
      {
        at,
        device,
        totalKib: Number(total),
        freeKib: Math.max(0, Number(free)),
        spaceLine: line,
        // btrfs and vfat count no inodes and say 0 of 0
        ...(other && Number(other[2]) > 0
          ? { inodes: { total: Number(other[2]), free: Number(other[4]), line: other[0] } }
          : {}),
      },
    ];
  });
}

const mounts = (lines: readonly string[]): readonly MountFacts[] =>
  lines.flatMap(line => {
    const [device, at, type, options] = line.split(' ');
    if (device === undefined || at === undefined || type === undefined || options === undefined) return [];
    return [{ device, at, type, readOnly: options.split(',').includes('ro'), line }];
  });

function service(lines: readonly string[]): ServiceFacts | undefined {
  const rc = lines.find(line => line.startsWith('openrc '));
  if (rc !== undefined) return openrc(rc);
  if (lines.includes('unit none'))
    return { manager: 'systemd', unit: 'none', is: 'stopped', restarts: 0, line: 'no k3s unit' };
  const units = lines
    .join('\n')
    .split(/^(?=Id=)/m)
    .map(
      text => new Map(text.split('\n').map(line => [line.split('=')[0] ?? '', line.replace(/^[^=]*=/, '')])),
    );
  const unit = units.find(one => one.get('LoadState') === 'loaded');
  const id = unit?.get('Id')?.replace(/\.service$/, '');
  if (!unit || (id !== 'k3s' && id !== 'k3s-agent')) return undefined;
  const active = unit.get('ActiveState') ?? '';
  const sub = unit.get('SubState') ?? '';
  return {
    manager: 'systemd',
    unit: id,
    is: stands(active, sub),
    restarts: Number(unit.get('NRestarts') ?? 0) || 0,
    enabled: unit.get('UnitFileState') === 'enabled',
    line: `${id}: ${active} (${sub}), restarted ${unit.get('NRestarts') ?? '0'} times, last exit ${unit.get('ExecMainStatus') ?? '?'}`,
  };
}

function stands(active: string, sub: string): ServiceFacts['is'] {
  if (active === 'active') return 'running';
  if (active === 'failed' || sub === 'auto-restart') return 'failed';
  return active === 'activating' || active === 'reloading' ? 'starting' : 'stopped';
}

/** `openrc k3s started enabled`. */
function openrc(line: string): ServiceFacts {
  const [, name = '', state = '', level = ''] = line.split(' ');
  const unit = name === 'k3s' || name === 'k3s-agent' ? name : 'none';
  return {
    manager: 'openrc',
    unit,
    is:
      state === 'started'
        ? 'running'
        : state === 'starting'
          ? 'starting'
          : state === 'crashed'
            ? 'failed'
            : 'stopped',
    restarts: 0,
    enabled: level === 'enabled',
    line,
  };
}

/** `path notBefore=… notAfter=…` as openssl writes dates, or a row of `k3s certificate check`, which tells the end only. */
const certificates = (lines: readonly string[]): readonly CertificateFacts[] =>
  lines.flatMap(line => {
    const dated = /^(\/\S+)\s+notBefore=(.*?)\s+notAfter=(.*)$/.exec(line);
    const row = /^(\S+)\s.*?(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)\b.*\b(?:OK|WARNING|EXPIRED)\s*$/.exec(
      line,
    );
    const path = dated?.[1] ?? row?.[1];
    const from = dated ? Date.parse(dated[2] ?? '') : 0;
    const until = Date.parse(dated?.[3] ?? row?.[2] ?? '');
    return path === undefined || Number.isNaN(from) || Number.isNaN(until)
      ? []
      : [{ path, from, until, line: line.replaceAll('\t', '  ') }];
  });

const listeners = (lines: readonly string[]): Facts['listeners'] =>
  lines.flatMap(line => {
    const port = /^(?:LISTEN\s+\d+\s+\d+\s+)?\S*:(\d{1,5})\s/.exec(`${line} `)?.[1];
    const program = /\(\("([^"]{1,32})"/.exec(line)?.[1];
    return port === undefined
      ? []
      : [{ port: Number(port), line, ...(program !== undefined && { program }) }];
  });

/** The p99 of a Prometheus histogram, from its buckets. */
function p99(lines: readonly string[], name: string): EtcdFacts['fsync'] {
  const buckets = lines.flatMap(line => {
    const found = new RegExp(`^${name}_bucket\\{.*?le="([^"]+)".*\\} ([0-9.e+]+)$`).exec(line);
    return found ? [{ le: found[1] === '+Inf' ? Infinity : Number(found[1]), count: Number(found[2]) }] : [];
  });
  const count = buckets.at(-1)?.count ?? 0;
  if (count === 0) return undefined;
  return { count, p99Seconds: buckets.find(bucket => bucket.count >= count * 0.99)?.le ?? Infinity };
}

function etcd(health: readonly string[], metrics: readonly string[], members: readonly string[]): EtcdFacts {
  const healthLine = health.find(line => line.includes('"health"'));
  const leader = /^etcd_server_has_leader ([01])/m.exec(metrics.join('\n'))?.[1];
  const ids = members.join('').match(/"ID": ?\d+/gi);
  const fsync = p99(metrics, 'etcd_disk_wal_fsync_duration_seconds');
  return {
    ...(healthLine !== undefined && {
      health: { ok: /"health": ?"?true/.test(healthLine), line: healthLine.slice(0, 400) },
    }),
    ...(leader !== undefined && { hasLeader: leader === '1' }),
    ...(ids && { members: ids.length }),
    ...(fsync && { fsync }),
  };
}

/** Scalars of config.yaml as the node showed them: only keys that hold nothing secret have a value. */
const config = (lines: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    lines.flatMap(line => {
      const found = /^([a-z0-9-]+):\s*(.*)$/.exec(line);
      return found?.[1] === undefined ? [] : [[found[1], (found[2] ?? '').replaceAll(/^["']|["']$/g, '')]];
    }),
  );

const boot = (lines: readonly string[]): BootFacts => {
  const state = valueOf(lines, 'state');
  return {
    ...(state !== undefined && { state }),
    emergency: lines.some(line => /^emergency (?:active|activating)$/.test(line)),
    lost: lines.filter(line => line.startsWith('lost ')).map(line => line.slice(5)),
  };
};

function answers(lines: readonly string[]): boolean | undefined {
  const said = lines.filter(line => /^(?:ping|ready|kubelet) /.test(line) && !line.endsWith(' not-asked'));
  return said.length === 0 ? undefined : said.some(line => / (?:pong|ok)$/.test(line));
}

/** Reads the numbers out of what was brought. */
export function factsOf({ pieces, laptop }: Brought): Facts {
  const piece = (id: string): readonly string[] => linesIn(pieces.find(one => one.id === id));
  const [network, machine] = [piece('network'), piece('machine')];
  const when = clock(piece('clock'), laptop);
  const runs = service(piece('service'));
  const hears = answers(piece('answers'));
  const routes = network.some(line => line === 'routes read');
  const memory = valueOf(machine, 'memory-cgroup');
  return {
    ...(when && { clock: when }),
    disks: disks(piece('df'), piece('inodes')),
    mounts: mounts(piece('mounts')),
    ...(runs && { service: runs }),
    certificates: certificates(piece('certs')),
    addresses: network.flatMap(line => /^\d+: \S+\s+inet6? ([0-9a-f.:]+)\//i.exec(line)?.[1] ?? []),
    ...(routes && { defaultRoute: network.some(line => line.startsWith('default ')) }),
    listeners: listeners(piece('ports')),
    etcd: etcd(piece('etcd.health'), piece('etcd.metrics'), piece('etcd.members')),
    ...(hears !== undefined && { answers: hears }),
    config: config(piece('config')),
    boot: boot(piece('boot')),
    ...(memory !== undefined && { memoryCgroup: memory === 'yes' }),
    containerdAside: piece('containerd.files').filter(line => /^containerd[.-]/.test(line)),
  };
}

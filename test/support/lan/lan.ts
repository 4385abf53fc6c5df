import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { keygen } from '../sshd.ts';
import { portsOf } from './host.ts';
import type { HostSpec, LanHost } from './host.ts';
import { ip, newPrefix, removeAll, removeOrphans } from './namespaces.ts';
import type { LanOrders, Service } from './orders.ts';
import { printed, programsOf, sshKeys } from './programs.ts';
import { countArp, inside, watchNeighbours } from './watch.ts';
import type { ArpCount, NeighbourCount, Watch } from './watch.ts';

export interface LanOptions {
  readonly hosts: readonly HostSpec[];
  /** The laptop's address with its prefix, which is that of the network. Default `10.66.0.250/24`. */
  readonly laptop?: string;
}

/** The laptop of the network: an interface `eth0` and nothing else. */
export interface Laptop {
  readonly namespace: string;
  readonly address: string;
  readonly mac: string;
  /** Starts a command in the laptop's network. */
  run(command: readonly string[], options?: SpawnOptions): ChildProcess;
  /** Runs a command there to its end and gives what it printed; throws when it ended badly. */
  does(command: readonly string[]): Promise<string>;
  /** Takes the interface away, as a USB adapter that is pulled. */
  pullAdapter(): void;
  /** Forgets all neighbours, as after a night in the bag. */
  forget(): void;
}

/** A network of real hosts in namespaces of this machine, joined by a bridge, without a way out. */
export interface Lan {
  readonly laptop: Laptop;
  readonly hosts: readonly LanHost[];
  /** Throws when there is none of that name. */
  host(name: string): LanHost;
  /** A private key that lets root into every SSH server. */
  readonly loginKey: string;
  /** Where a test may put files that go with the network. */
  readonly folder: string;
  /** Pulls the cable of a host or of the `laptop`, or plugs it in again. */
  cable(name: string, plugged: boolean): void;
  /** From now on the late hosts' time runs. */
  begin(): void;
  /** Puts the late hosts' interfaces down again. */
  lateAgain(): void;
  countArp(): Promise<Watch<ArpCount>>;
  watchNeighbours(): Watch<NeighbourCount>;
  /** What went wrong in a host, for whoever wonders. */
  said(): string;
  close(): Promise<void>;
}

const macOf = (number: number): string => `02:42:66:00:00:${number.toString(16).padStart(2, '0')}`;
const linkLocalOf = (number: number): string => `fe80::42:66ff:fe00:${number.toString(16)}`;

/** Interface lines of one host; its port on the switch is `p<number>`. */
function wire(
  number: number,
  spec: { readonly addresses: readonly string[]; readonly lateMs?: number },
  prefix: string,
): string[] {
  return [
    'link set lo up',
    // Its own link-local address at once: duplicate detection would hold it back for seconds.
    'link set eth0 addrgenmode none',
    ...spec.addresses.map(
      address => `addr add ${address.includes('/') ? address : address + prefix} dev eth0`,
    ),
    ...(spec.lateMs === undefined ? ['link set eth0 up'] : []),
    `addr add ${linkLocalOf(number)}/64 dev eth0 nodad`,
  ];
}

function makeNetwork(prefix: string, specs: readonly HostSpec[], laptop: string): void {
  const names = [`${prefix}laptop`, ...specs.map(spec => prefix + spec.name)];
  const hub = `${prefix}switch`;
  ip([hub, ...names].map(name => `netns add ${name}`));
  ip(
    names.map(
      (name, i) => `link add p${i} netns ${hub} type veth peer name eth0 address ${macOf(i)} netns ${name}`,
    ),
  );
  ip(
    [
      // A switch has no address of its own, nor have its ports.
      'link add br0 type bridge mcast_snooping 0',
      'link set br0 addrgenmode none',
      'link set br0 up',
      ...names.map((_, i) => `link set p${i} addrgenmode none master br0 up`),
    ],
    hub,
  );
  const bits = `/${laptop.split('/')[1] ?? '24'}`;
  ip(wire(0, { addresses: [laptop] }, bits), `${prefix}laptop`);
  specs.forEach((spec, i) => {
    const { addresses, vip } = spec;
    const all = [...addresses, ...(vip === undefined ? [] : [`${vip}/32`])];
    ip(wire(i + 1, { ...spec, addresses: all }, bits), prefix + spec.name);
  });
}

async function firewall(namespace: string, rules: readonly string[]): Promise<void> {
  // Neighbour discovery is no TCP: a firewall on hosts leaves it alone.
  const lines = rules.map(rule => `${rule};`).join(' ');
  const table = `table inet coldstart { chain in { type filter hook input priority 0; ${lines} }; }`;
  await printed('nsenter', [`--net=/run/netns/${namespace}`, 'nft', table]);
}

/** Everything a host shows, as it truly is. */
function truth(spec: HostSpec, number: number, prefix: string, keys: LanHost['hostKeys']): LanHost {
  const { name, kind, node, vip, cluster, caHash, clockOffsetSeconds } = spec;
  return {
    name,
    kind,
    namespace: prefix + name,
    mac: macOf(number),
    linkLocal: linkLocalOf(number),
    addresses: [...spec.addresses, ...(vip === undefined ? [] : [vip])].map(address =>
      address.replace(/\/.*/, ''),
    ),
    ...(vip === undefined ? {} : { vip }),
    ...(node === undefined ? {} : { node }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(caHash === undefined ? {} : { caHash }),
    ...(clockOffsetSeconds === undefined ? {} : { clockOffsetSeconds }),
    ...(spec.mdns === undefined ? {} : { announces: spec.mdns.host }),
    hostKeys: keys,
    ports: portsOf(spec),
    late: spec.lateMs !== undefined,
  };
}

/** Builds the network and starts all that runs in it; gives when every host answers. Needs `needsLan()`. */
export async function lanOf(options: LanOptions): Promise<Lan> {
  removeOrphans();
  const prefix = newPrefix();
  try {
    return await begun(prefix, options);
  } catch (error) {
    removeAll(prefix);
    throw error;
  }
}

async function begun(prefix: string, { hosts: specs, laptop = '10.66.0.250/24' }: LanOptions): Promise<Lan> {
  const folder = join(tmpdir(), `${prefix}files`);
  await mkdir(folder, { mode: 0o755 });
  await mkdir('/run/sshd', { recursive: true });
  makeNetwork(prefix, specs, laptop);

  const login = join(folder, 'login');
  await keygen(login, 'ed25519');
  const own = specs.filter(spec => spec.ssh !== undefined && spec.ssh.keysOf === undefined);
  const keysIn = (name: string): string => join(folder, name, 'keys');
  const keys = new Map(
    await Promise.all(own.map(async ({ name }) => [name, await sshKeys(keysIn(name))] as const)),
  );
  const keeperOf = (spec: HostSpec): string => spec.ssh?.keysOf ?? spec.name;
  const hosts = specs.map((spec, i) =>
    truth(spec, i + 1, prefix, spec.ssh === undefined ? {} : (keys.get(keeperOf(spec)) ?? {})),
  );

  const programs = await Promise.all(
    specs.map(async spec => {
      const of = { folder: join(folder, spec.name), keys: keysIn(keeperOf(spec)), login };
      return (await programsOf(spec, of)).map(program => ({ namespace: prefix + spec.name, ...program }));
    }),
  );
  await Promise.all(
    specs.map(async ({ name, firewall: wall }) => wall && (await firewall(prefix + name, wall.rules))),
  );
  const served = specs.flatMap(spec =>
    Object.entries(spec.services ?? {}).map(([port, service]) => ({
      at: `${prefix}${spec.name}:${port}`,
      service,
    })),
  );
  const keeper = await startKeeper(
    { prefix, folder, programs: programs.flat(), services: served.map(one => one.service) },
    served,
  );
  await Promise.all(hosts.map(answering));
  return running({ prefix, folder, login, laptop, specs, hosts, keeper });
}

interface Keeper {
  readonly child: ChildProcess;
  said(): string;
}

async function startKeeper(
  orders: LanOrders,
  served: readonly { readonly at: string; readonly service: Service }[],
): Promise<Keeper> {
  const file = join(orders.folder, 'orders.json');
  await writeFile(file, JSON.stringify(orders), { mode: 0o600 });
  const here = (name: string): string => join(import.meta.dirname, name);
  const program = [process.execPath, '--disable-warning=ExperimentalWarning', here('keeper-child.ts'), file];
  // Detached: Ctrl-C at the test run must not end it before it has cleared away.
  const child = spawn('perl', [here('listen.pl'), ...served.map(one => one.at), '--', ...program], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'exit').then(() => {
    throw new Error(`the keeper of the network ended: ${said}`);
  });
  await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended]);
  ended.catch(() => undefined);
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr])
    (stream as unknown as { unref(): void }).unref();
  return { child, said: () => said };
}

/** Waits until the ports of a host are open inside it; a firewall does not stand before its own loopback. */
async function answering(host: LanHost): Promise<void> {
  const wanted = Object.entries(host.ports)
    .filter(([, is]) => is === 'open')
    .map(([port]) => Number(port).toString(16).toUpperCase().padStart(4, '0'));
  if (wanted.length === 0) return;
  const listens = async (): Promise<boolean> => {
    const tables = await printed('nsenter', [
      `--net=/run/netns/${host.namespace}`,
      'cat',
      '/proc/net/tcp',
      '/proc/net/tcp6',
    ]);
    const open = new Set([...tables.matchAll(/:([0-9A-F]{4}) \S+ 0A /g)].map(([, port]) => port));
    return wanted.every(port => open.has(port));
  };
  for (const end = Date.now() + 20_000; !(await listens()); await pause(50))
    if (Date.now() > end) throw new Error(`${host.name} does not listen on all its ports`);
}

interface Running {
  readonly prefix: string;
  readonly folder: string;
  readonly login: string;
  readonly laptop: string;
  readonly specs: readonly HostSpec[];
  readonly hosts: readonly LanHost[];
  readonly keeper: Keeper;
}

function running({ prefix, folder, login, laptop, specs, hosts, keeper }: Running): Lan {
  const [mine, hub] = [`${prefix}laptop`, `${prefix}switch`];
  const timers = new Set<NodeJS.Timeout>();
  const late = specs.filter(spec => spec.lateMs !== undefined);
  const stopTimers = (): void => {
    for (const timer of timers) clearTimeout(timer);
    timers.clear();
  };
  return {
    laptop: {
      namespace: mine,
      address: laptop.replace(/\/.*/, ''),
      mac: macOf(0),
      run: (command, options) => inside(mine, command, options),
      does: command => printed('nsenter', [`--net=/run/netns/${mine}`, '--', ...command]),
      pullAdapter: () => ip(['link del eth0'], mine),
      forget: () => ip(['neigh flush dev eth0'], mine),
    },
    hosts,
    host: name => {
      const found = hosts.find(host => host.name === name);
      if (found === undefined) throw new Error(`no host ${name} in this network`);
      return found;
    },
    loginKey: login,
    folder,
    cable: (name, plugged) => {
      const port = name === 'laptop' ? 0 : hosts.findIndex(host => host.name === name) + 1;
      ip([`link set p${port} ${plugged ? 'up' : 'down'}`], hub);
    },
    begin: () => {
      for (const { name, lateMs } of late)
        timers.add(setTimeout(() => ip(['link set eth0 up'], prefix + name), lateMs));
    },
    lateAgain: () => {
      stopTimers();
      for (const { name } of late) ip(['link set eth0 down'], prefix + name);
    },
    countArp: () => countArp(hub),
    watchNeighbours: () => watchNeighbours(mine),
    said: () => keeper.said(),
    close: async () => {
      stopTimers();
      const { child } = keeper;
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, 'exit');
        child.ref();
        child.stdin?.end();
        await gone;
      }
      removeAll(prefix);
    },
  };
}

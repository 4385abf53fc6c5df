import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** ARP questions seen on the switch. */
export interface ArpCount {
  /** By second since the count began. */
  readonly perSecond: readonly number[];
  readonly total: number;
  readonly byAddress: ReadonlyMap<string, number>;
}

/** How full the laptop's IPv4 neighbour table was. */
export interface NeighbourCount {
  readonly mostUnresolved: number;
  readonly mostEntries: number;
}

export interface Watch<T> {
  stop(): Promise<T>;
}

export const inside = (
  namespace: string,
  command: readonly string[],
  options: Parameters<typeof spawn>[2] = {},
): ChildProcess => spawn('nsenter', [`--net=/run/netns/${namespace}`, '--', ...command], options);

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'close');
  child.kill(signal);
  await gone;
}

/** Counts ARP questions on the switch until it is stopped. Resolves when counting has begun. */
export async function countArp(switchNamespace: string): Promise<Watch<ArpCount>> {
  const child = inside(switchNamespace, ['tcpdump', '-i', 'br0', '-n', '-tt', '-l', 'arp[6:2] = 1'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let heard = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (heard += text));
  // It says that it listens on standard error, once.
  await Promise.race([once(child.stderr as NodeJS.ReadableStream, 'data'), once(child, 'exit')]);
  if (child.exitCode !== null) throw new Error('tcpdump cannot listen on the switch');
  const began = Date.now() / 1000;
  return {
    stop: async () => {
      await ended(child, 'SIGINT');
      const asked = [...heard.matchAll(/^([\d.]+) .*who-has ([\d.]+)/gm)];
      const perSecond: number[] = [];
      const byAddress = new Map<string, number>();
      for (const [, when = '', address = ''] of asked) {
        const second = Math.max(0, Math.floor(Number(when) - began));
        while (perSecond.length <= second) perSecond.push(0);
        perSecond[second] = (perSecond[second] ?? 0) + 1;
        byAddress.set(address, (byAddress.get(address) ?? 0) + 1);
      }
      return { perSecond, total: asked.length, byAddress };
    },
  };
}

/** Looks at the laptop's neighbour table twenty times a second until it is stopped. */
export function watchNeighbours(laptop: string): Watch<NeighbourCount> {
  const look = 'while :; do ip -4 neigh show dev eth0; echo .; sleep 0.05; done';
  const child = inside(laptop, ['sh', '-c', look], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  let [unresolved, entries, mostUnresolved, mostEntries, rest] = [0, 0, 0, 0, ''];
  const line = (text: string): void => {
    if (text !== '.') {
      entries += 1;
      if (text.includes('INCOMPLETE')) unresolved += 1;
      return;
    }
    mostUnresolved = Math.max(mostUnresolved, unresolved);
    mostEntries = Math.max(mostEntries, entries);
    [unresolved, entries] = [0, 0];
  };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(line);
  });
  return {
    stop: async () => {
      await ended(child, 'SIGKILL');
      return { mostUnresolved, mostEntries };
    },
  };
}

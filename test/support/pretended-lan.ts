import type { Neighbour, Talk } from '../../main/core/lan/sighting.ts';
import type { NetworkSenses, Question } from '../../main/ports.ts';
import type { TestClock } from './test-clock.ts';

/** A machine on the pretended network. */
export interface PretendedHost {
  readonly mac: string;
  /** What stands behind its open ports; a port that is not listed is closed. */
  readonly open?: Readonly<Record<number, Talk>>;
  /** Ports, or all, on which nothing ever answers. */
  readonly drops?: 'all' | readonly number[];
  /** Milliseconds after the beginning at which it is there. */
  readonly from?: number;
}

export interface PretendedLan extends NetworkSenses {
  readonly hosts: Map<string, PretendedHost>;
  /** Milliseconds at which an ARP question left. */
  readonly arp: number[];
  readonly asked: {
    readonly at: number;
    readonly address: string;
    readonly port: number;
    readonly how: Question['is'];
  }[];
  mostSockets: number;
  mostUnresolved: number;
  /** Connections to one machine at once, at most. */
  mostAtOneHost: number;
  readonly open: number;
  /** The cable was pulled: nothing can be sent any more. */
  pulled: boolean;
  /** Entries from before the scan, whose machines may be gone. */
  readonly stale: Map<string, string>;
}

/** A network in the time of a test clock that resolves addresses as Linux does: three questions a second apart, then nobody. */
export function pretendedLan(clock: TestClock, hosts: ReadonlyMap<string, PretendedHost>): PretendedLan {
  const began = clock.monotonic();
  const since = (): number => clock.monotonic() - began;
  const entries = new Map<string, { readonly at: number }>();
  const perHost = new Map<string, number>();
  let open = 0;

  const isThere = (address: string): boolean => {
    const host = lan.hosts.get(address);
    return host !== undefined && since() >= (host.from ?? 0);
  };
  const stateOf = (address: string): Neighbour['state'] => {
    const entry = entries.get(address);
    if (isThere(address)) return 'resolved';
    return entry && since() - entry.at < 3000 ? 'asking' : 'nobody';
  };
  const resolve = (address: string): void => {
    const entry = entries.get(address);
    if (entry && stateOf(address) !== 'nobody') return;
    const at = since();
    entries.set(address, { at });
    for (let k = 0; k < 3; k++) if (k === 0 || !isThere(address)) lan.arp.push(at + k * 1000);
    const unresolved = [...entries.keys()].filter(each => stateOf(each) === 'asking').length;
    lan.mostUnresolved = Math.max(lan.mostUnresolved, unresolved);
  };

  const lan: PretendedLan = {
    hosts: new Map(hosts),
    arp: [],
    asked: [],
    mostSockets: 0,
    mostUnresolved: 0,
    mostAtOneHost: 0,
    pulled: false,
    stale: new Map(),
    get open() {
      return open;
    },
    wires: async () =>
      lan.pulled
        ? []
        : [{ name: 'eth0', kind: 'cable', plugged: true, addresses: ['10.0.1.2/22', 'fe80::2/64'] }],
    neighbours: async () => [
      ...[...lan.stale].map(([address, mac]): Neighbour => ({
        address,
        mac,
        wire: 'eth0',
        state: 'resolved',
      })),
      ...[...entries.keys()].map((address): Neighbour => {
        const state = stateOf(address);
        const mac = lan.hosts.get(address)?.mac;
        return {
          address,
          wire: 'eth0',
          state,
          ...(state === 'resolved' && mac !== undefined && { mac, fresh: true }),
        };
      }),
    ],
    async ask({ address, port }, question, { connectMs, signal, onOpen }) {
      const mac = lan.hosts.get(address)?.mac ?? address;
      open += 1;
      perHost.set(mac, (perHost.get(mac) ?? 0) + 1);
      lan.mostSockets = Math.max(lan.mostSockets, open);
      lan.mostAtOneHost = Math.max(lan.mostAtOneHost, perHost.get(mac) ?? 0);
      lan.asked.push({ at: since(), address, port, how: question.is });
      try {
        if (lan.pulled) return { is: 'could-not', code: 'ENETUNREACH' };
        resolve(address);
        for (const until = since() + connectMs; since() < until; await clock.sleep(10, signal)) {
          if (lan.pulled) return { is: 'could-not', code: 'ENETDOWN' };
          const host = lan.hosts.get(address);
          if (!host || !isThere(address)) continue;
          if (host.drops === 'all' || host.drops?.includes(port)) continue;
          await clock.sleep(10, signal);
          const talk = host.open?.[port];
          if (!talk) return { is: 'closed', ms: 10 };
          onOpen?.();
          await clock.sleep(40, signal);
          return { is: 'open', ms: 10, talk };
        }
        return { is: 'silent' };
      } finally {
        open -= 1;
        perHost.set(mac, (perHost.get(mac) ?? 1) - 1);
      }
    },
    announcements: async (_wires, { signal }) => {
      await clock.sleep(2 ** 31, signal).catch(() => undefined);
    },
    callAllNodes: async () =>
      [...lan.hosts.keys()].filter(address => address.startsWith('fe80') && isThere(address)),
    arpTries: async () => 3,
  };
  return lan;
}

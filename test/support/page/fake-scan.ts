import type { CallHandlers, FeedHandlers } from '../../../main/bridge/handlers.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';
import type { Inventory, LanNow, ScanNews } from '../../../preload/contract/scan.ts';
import * as made from './made-up-map.ts';
import { ago } from './made-up.ts';

type Calls = 'scan.networks' | 'scan.prefer' | 'inventory.show' | 'inventory.join' | 'inventory.forget';

/** Waits, but no longer than until it is stopped. */
const wait = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise(done => {
    const end = (): void => {
      clearTimeout(timer);
      done();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });

const lanOf = (scenario: string): LanNow =>
  scenario === 'map-cable'
    ? made.lanOfDirectCable
    : scenario === 'map-no-network'
      ? made.lanOfNothing
      : made.lan;

function knownOf(scenario: string, full: boolean): Inventory {
  if (!full || scenario === 'map-new' || scenario === 'map-cable' || scenario === 'map-no-network')
    return made.noInventory();
  if (scenario === 'map-hostile') return made.hostile();
  if (scenario === 'map-many') return made.crowded(40);
  return scenario === 'map-thousand' ? made.crowded(1000) : made.northInventory();
}

function parsed(network: string): void {
  if (/^[\da-f.:]+(\/\d+)?(%\w+)?$/i.test(network)) return;
  throw new FieldError({
    code: 'bad-ask',
    says: 'This is no IPv4 address or network.',
    about: network,
    untouched: 'Nothing was sent.',
    next: 'Write it like 10.0.1.0/24, or 10.0.1.7 for a single address.',
  });
}

/** Machines as they come in, one after the other. */
function soFar(all: Inventory, known: Inventory, n: number): Inventory {
  const found = all.machines.slice(0, n).map(each => (each.here ? { ...each, lastSeen: ago(0) } : each));
  const before = known.machines.filter(each => !found.some(({ id }) => id === each.id));
  const machines = [...found, ...before];
  return n < all.machines.length && known.machines.length === 0
    ? { ...all, machines, conflicts: [] }
    : { ...all, machines };
}

/**
 * A site to be found. Scenarios: `map-new` (nothing known yet), `map-slow` (a scan that goes on until it is stopped, with
 * a trouble on the way), `map-cable`, `map-no-network`, `map-many` (40 agents), `map-thousand`, `map-hostile` (names of strangers).
 */
export function scanStandIn(
  scenario: string,
  full: boolean,
): {
  readonly calls: Pick<CallHandlers, Calls>;
  readonly feeds: Pick<FeedHandlers, 'scan.run'>;
  /** What a host does when a node was added at an address. */
  readonly added: (address: string, node: NodeId) => void;
} {
  let lan = lanOf(scenario);
  let inventory = knownOf(scenario, full);
  const change = (next: Inventory): Inventory => (inventory = next);
  return {
    added: (address, node) => void change(made.noded(inventory, address, node)),
    calls: {
      'scan.networks': () => lan,
      'scan.prefer': ({ cidr, fast, exclude }) => {
        parsed(cidr);
        const networks = lan.networks.map(each => (each.cidr === cidr ? { ...each, fast, exclude } : each));
        return (lan = { ...lan, networks });
      },
      'inventory.show': () => inventory,
      'inventory.join': ({ machine, site }) => change(made.joined(inventory, machine, site)),
      'inventory.forget': ({ machine }) =>
        change({ ...inventory, machines: inventory.machines.filter(({ id }) => id !== machine) }),
    },
    feeds: {
      async *'scan.run'({ networks, pace }, signal): AsyncGenerator<ScanNews, void, undefined> {
        networks.forEach(parsed);
        const known = inventory;
        const all = known.machines.length > 0 ? known : made.northInventory();
        const slow = scenario === 'map-slow';
        yield { is: 'began', networks, addresses: 254 };
        for (let n = 0; n <= all.machines.length && !signal.aborted; n += 2) {
          const part = n / all.machines.length;
          yield {
            is: 'progress',
            progress: {
              what: pace === 'listen' ? 'Listening' : 'Asking 192.168.40.0/24',
              done: Math.round(254 * part),
              unit: 'addresses',
              ...(pace !== 'listen' && { total: 254 }),
              ...(n > 2 && pace !== 'listen' && { remainingSeconds: Math.round(24 * (1 - part)) }),
            },
          };
          yield { is: 'map', inventory: change(soFar(all, known, n)) };
          if (slow && n === 4)
            yield {
              is: 'trouble',
              failure: {
                code: 'could-not',
                says: 'eth1 went away while it was being asked.',
                about: 'eth1, 10.7.0.0/24',
                untouched: 'What was found there is kept.',
                next: 'Plug the adapter in again and scan that network once more.',
              },
            };
          await wait(slow && n >= 8 ? 600_000 : 15, signal);
        }
        if (signal.aborted) return;
        change(soFar(all, known, all.machines.length));
        yield {
          is: 'ended',
          inventory,
          summary: {
            found: 13,
            fresh: known.machines.length > 0 ? 0 : 13,
            missing: ['mast-3'],
            seconds: 28,
            stopped: false,
            left: ['192.168.40.60, because it is on your list of addresses never to be asked.'],
          },
        };
      },
    },
  };
}

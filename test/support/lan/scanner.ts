import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Failure } from '../../../preload/contract/failure.ts';
import type { Inventory, Machine, ScanNews, ScanSummary } from '../../../preload/contract/scan.ts';
import type { LanHost } from './host.ts';
import type { Lan } from './lan.ts';
import type { ScanOrder, ScanSaid, Weight } from './scan-orders.ts';

type Ask = Omit<Extract<ScanOrder, { is: 'scan' }>, 'is'>;

/** How one scan went. Times in milliseconds since it was asked for. */
export interface Scanned {
  readonly news: readonly { readonly at: number; readonly news: ScanNews }[];
  /** The last one it told. */
  readonly inventory: Inventory;
  /** Absent when it did not come to its end. */
  readonly summary?: ScanSummary;
  readonly troubles: readonly Failure[];
  /** How it was refused. */
  readonly failed?: { readonly code: string; readonly says: string };
  readonly endedAt: number;
  readonly weight: Weight;
  /** When the map first showed what `holds`; undefined when it never did. */
  firstAt(holds: (inventory: Inventory) => boolean): number | undefined;
}

/** The app on the laptop of a test network, on a home of its own. */
export interface Scanner {
  readonly home: string;
  know(site: string, caHash: string): Promise<void>;
  /** `onNews` sees what it tells as it goes. */
  scan(ask: Ask, onNews?: (news: ScanNews) => void): Promise<Scanned>;
  /** Opens the inventory; gives how many machines it has and how long that took. */
  show(): Promise<{ readonly machines: number; readonly ms: number }>;
  stop(): void;
  close(): Promise<void>;
}

let homes = 0;

/** `home`: that of an earlier scanner, which remembers what it found. Default a fresh one. */
export async function scannerIn(lan: Lan, home = join(lan.folder, `home-${++homes}`)): Promise<Scanner> {
  mkdirSync(home, { recursive: true });
  const child = lan.laptop.run(
    [
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      join(import.meta.dirname, 'scan-child.ts'),
      home,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  if (child.stdout === null) throw new Error('no output of the scanner');
  const ended = once(child, 'exit');
  let hear: (said: ScanSaid) => void = () => undefined;
  createInterface({ input: child.stdout }).on('line', line => hear(JSON.parse(line) as ScanSaid));
  const tell = (order: ScanOrder): void => void child.stdin?.write(`${JSON.stringify(order)}\n`);
  /** Hears until `isLast` is said; fails when the scanner ends before. */
  const until = (isLast: (said: ScanSaid) => boolean, each: (said: ScanSaid) => void = () => undefined) =>
    Promise.race([
      new Promise<ScanSaid>(done => {
        hear = said => {
          each(said);
          if (isLast(said)) done(said);
        };
      }),
      ended.then(([code]) => {
        throw new Error(`the scanner ended with ${String(code)}`);
      }),
    ]);
  await until(said => said.is === 'ready');
  return {
    home,
    know: async (site, caHash) => {
      const ready = until(said => said.is === 'ready');
      tell({ is: 'know', site, caHash });
      await ready;
    },
    scan: async (ask, onNews) => {
      const said: ScanSaid[] = [];
      const over = until(
        one => one.is === 'over',
        one => {
          said.push(one);
          if (one.is === 'news') onNews?.(one.news);
        },
      );
      tell({ is: 'scan', ...ask });
      await over;
      return scanned(said);
    },
    show: async () => {
      const shown = until(said => said.is === 'shown');
      tell({ is: 'show' });
      const said = await shown;
      if (said.is !== 'shown') throw new Error('the inventory was not shown');
      return said;
    },
    stop: () => tell({ is: 'stop' }),
    close: async () => {
      child.stdin?.end();
      await ended;
    },
  };
}

const nothing: Inventory = { at: '', machines: [], conflicts: [], topologies: [] };

function scanned(said: readonly ScanSaid[]): Scanned {
  const news = said.flatMap(one => (one.is === 'news' ? [one] : []));
  const maps = news.flatMap(({ at, news: one }) =>
    one.is === 'map' || one.is === 'ended' ? [{ at, inventory: one.inventory }] : [],
  );
  const over = said.find(one => one.is === 'over');
  if (over === undefined) throw new Error('the scan did not end');
  const ended = news.find(one => one.news.is === 'ended')?.news;
  const failed = said.find(one => one.is === 'failed');
  return {
    news,
    inventory: maps.at(-1)?.inventory ?? nothing,
    ...(ended?.is === 'ended' && { summary: ended.summary }),
    troubles: news.flatMap(({ news: one }) => (one.is === 'trouble' ? [one.failure] : [])),
    ...(failed && { failed: { code: failed.code, says: failed.says } }),
    endedAt: Math.max(0, ...said.flatMap(one => ('at' in one ? [one.at] : []))),
    weight: over,
    firstAt: holds => maps.find(({ inventory }) => holds(inventory))?.at,
  };
}

/** The machines of the inventory that answer by an address of this host; several only where two have one address. */
export function machinesOf(inventory: Inventory, host: LanHost): readonly Machine[] {
  const own = new Set([...host.addresses, `${host.linkLocal}%eth0`]);
  return inventory.machines.filter(machine =>
    machine.addresses.some(({ address, now }) => now && own.has(address)),
  );
}

/** The ports of a host that the inventory shows as open. */
export function foundPorts(inventory: Inventory, host: LanHost): ReadonlySet<number> {
  const services = machinesOf(inventory, host).flatMap(one => one.services);
  return new Set(services.flatMap(({ port, state }) => (state === 'open' ? [port] : [])));
}

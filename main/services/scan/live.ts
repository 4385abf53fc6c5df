import { failureOf } from '../../../preload/contract/failure.ts';
import type { Progress } from '../../../preload/contract/domain.ts';
import type { FieldError } from '../../../preload/contract/failure.ts';
import type { Inventory, ScanNews, ScanPace } from '../../../preload/contract/scan.ts';
import { hostsIn, v4Number } from '../../core/lan/cidr.ts';
import type { Network } from '../../core/lan/cidr.ts';
import { fold } from '../../core/lan/inventory/fold.ts';
import type { Ground, KnownMachine, Visit } from '../../core/lan/inventory/machine.ts';
import { shown } from '../../core/lan/inventory/shown.ts';
import { pace } from '../../core/pace.ts';
import type { Pace } from '../../core/pace.ts';
import { knownMachines, saveMachines } from '../../store/inventory.ts';
import { nodes as allNodes } from '../../store/nodes.ts';
import { HeardSoFar } from './heard.ts';
import { groundOf } from './ground.ts';
import { scan } from './scan.ts';
import type { PortQuestion, ScanPlan, ScanTell } from './plan.ts';
import type { ScanDeps } from './service.ts';

export interface ScanAsk {
  readonly networks: readonly Network[];
  readonly exclude: readonly Network[];
  readonly pace: ScanPace;
  readonly ports: readonly PortQuestion[];
}

/** The map is drawn anew at most so often, and seldom enough to leave most of the time to the scan. */
const drawEveryMs = 250;
const saveEveryMs = 5000;

/**
 * One scan with its news. What was found is kept in the store every few seconds and at the end, however it ends; a machine
 * is called missing only where its network was asked to the end.
 */
export async function* liveScan(
  deps: ScanDeps,
  ask: ScanAsk,
  signal: AbortSignal,
): AsyncGenerator<ScanNews, void> {
  const { clock } = deps;
  const ending = new AbortController();
  const before = deps.store.read(knownMachines);
  const going = new GoingScan(deps, before, await serialPorts(deps));
  const began = clock.monotonic();
  const paced = pace(() => clock.monotonic());
  const plan = await planFor(deps, ask, before);
  const work = going.run(plan, AbortSignal.any([signal, ending.signal]));
  // Awaited below; until then nobody listens.
  work.catch(() => undefined);
  try {
    yield { is: 'began', networks: ask.networks.map(each => each.text), addresses: addressesIn(ask) };
    let savedAt = began;
    while (!going.over) {
      const drawnAt = clock.monotonic();
      for (const { failure } of going.takeTroubles()) yield { is: 'trouble', failure };
      if (going.takeNews('map')) {
        if (drawnAt - savedAt > saveEveryMs) {
          going.keep();
          savedAt = drawnAt;
        }
        yield { is: 'map', inventory: going.inventory() };
      }
      if (going.takeNews('progress')) yield { is: 'progress', progress: progressOf(going.at, paced) };
      await going.nextNews();
      await going.pause(drawEveryMs - (clock.monotonic() - drawnAt), signal);
    }
    for (const { failure } of going.takeTroubles()) yield { is: 'trouble', failure };
    const stopped = await work;
    going.keep();
    const seconds = (clock.monotonic() - began) / 1000;
    yield summed(going.inventory(), before, { seconds, stopped, left: going.left });
  } finally {
    ending.abort();
    await work.catch(() => undefined);
    going.keep();
  }
}

type News = 'map' | 'progress';

/** A scan while it goes on: what it has heard so far, and what of that has not been told yet. */
class GoingScan {
  readonly #deps: ScanDeps;
  readonly #before: readonly KnownMachine[];
  readonly #serial: Visit['serial'];
  readonly #ground: Ground;
  readonly #heard: HeardSoFar;
  readonly #news = new Set<News>(['map']);
  #troubles: FieldError[] = [];
  #kept: readonly KnownMachine[];
  #asked: readonly string[] = [];
  #bell = Promise.withResolvers<void>();
  left: readonly string[] = [];
  at = { done: 0, total: 0 };
  over = false;

  constructor(deps: ScanDeps, before: readonly KnownMachine[], serial: Visit['serial']) {
    this.#deps = deps;
    this.#before = before;
    this.#kept = before;
    this.#serial = serial;
    this.#ground = groundOf(deps);
    this.#heard = new HeardSoFar(() => this.#now());
  }

  #now(): string {
    return this.#deps.clock.now().toISOString();
  }

  /** Settles with whether it was stopped before its end; throws what no scan foresees. */
  async run(plan: ScanPlan, signal: AbortSignal): Promise<boolean> {
    const { senses, clock } = this.#deps;
    const tell: ScanTell = {
      heard: () => this.#ring('map'),
      progress: (done, total) => {
        this.at = { done, total };
        this.#ring('progress');
      },
      trouble: failure => {
        this.#troubles.push(failure);
        this.#ring();
      },
    };
    try {
      const outcome = await scan({ senses, clock, plan, heard: this.#heard, signal, tell });
      this.#asked = outcome.asked;
      this.left = outcome.left;
      return false;
    } catch (thrown) {
      if (!signal.aborted && failureOf(thrown).code !== 'cancelled') throw thrown;
      return true;
    } finally {
      this.over = true;
      this.#ring();
    }
  }

  #ring(news?: News): void {
    if (news) this.#news.add(news);
    this.#bell.resolve();
  }

  /** Settles when there is something to tell, or nothing will come any more. */
  async nextNews(): Promise<void> {
    if (!this.over && this.#news.size === 0 && this.#troubles.length === 0) await this.#bell.promise;
    this.#bell = Promise.withResolvers();
  }

  /** Waits so long, unless the scan ends before. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    const until = this.#deps.clock.monotonic() + ms;
    for (
      let rest = ms;
      rest > 0 && !this.over && !signal.aborted;
      rest = until - this.#deps.clock.monotonic()
    )
      await this.#deps.clock.sleep(Math.min(rest, 50), signal).catch(() => undefined);
  }

  takeNews(news: News): boolean {
    return this.#news.delete(news);
  }

  takeTroubles(): readonly FieldError[] {
    return this.#troubles.splice(0);
  }

  #machines(): readonly KnownMachine[] {
    const visit = {
      at: this.#now(),
      sightings: this.#heard.sightings(),
      asked: this.#asked,
      serial: this.#serial,
    };
    return fold(this.#before, visit, this.#ground);
  }

  inventory(): Inventory {
    return shown(this.#machines(), this.#ground, this.#now());
  }

  keep(): void {
    const machines = this.#machines();
    this.#deps.store.write(db => saveMachines(db, machines, this.#kept));
    this.#kept = machines;
  }
}

const addressesIn = ({ networks }: ScanAsk): number =>
  networks.reduce((sum, each) => sum + (each.is === 'link-local' ? 0 : hostsIn(each)), 0);

/** Serial ports of this laptop, with the nodes at their other ends. Nothing is opened for it. */
async function serialPorts({ consoles, store }: ScanDeps): Promise<Visit['serial']> {
  const cables = store.read(db => allNodes(db)).flatMap(({ id, cable }) => (cable ? [{ id, cable }] : []));
  const ports = await consoles.ports().catch(() => []);
  return ports.flatMap(({ port, kind, title }) => {
    const node = cables.find(({ cable }) => cable.port === port)?.id;
    // Every laptop has built-in ports with nothing plugged in; what is plugged in by USB may well be a console.
    if (node === undefined && kind === 'built-in') return [];
    return [{ port, title, ...(node !== undefined && { node }) }];
  });
}

const isAddress = (text: string): boolean => v4Number(text) !== undefined || text.includes(':');

async function planFor(
  { senses, store }: ScanDeps,
  { networks, exclude, pace: how, ports }: ScanAsk,
  before: readonly KnownMachine[],
): Promise<ScanPlan> {
  const nodes = store.read(db => allNodes(db)).filter(node => isAddress(node.address));
  const sshPorts = new Map<string, number[]>();
  for (const { address, port } of nodes)
    if (port !== 22) sshPorts.set(address, [...(sshPorts.get(address) ?? []), port]);
  return {
    networks,
    exclude,
    pace: how,
    ports,
    sshPorts,
    wires: await senses.wires(),
    known: [
      ...new Set([
        ...nodes.map(node => node.address),
        ...before.flatMap(machine => machine.addresses[0]?.address ?? []),
      ]),
    ],
    knownKeys: new Set([
      ...nodes.flatMap(node => node.hostKey ?? []),
      ...before.flatMap(({ marks }) => marks.flatMap(each => (each.kind === 'host-key' ? [each.value] : []))),
    ]),
  };
}

function progressOf({ done, total }: { done: number; total: number }, paced: Pace): Progress {
  const remainingSeconds = done < total ? paced.remaining(done, total) : undefined;
  return {
    what: done < total ? 'Asking addresses' : 'Waiting for late answers',
    done,
    total,
    unit: 'addresses',
    ...(remainingSeconds !== undefined && { remainingSeconds }),
  };
}

function summed(
  inventory: Inventory,
  before: readonly KnownMachine[],
  { seconds, stopped, left }: { seconds: number; stopped: boolean; left: readonly string[] },
): ScanNews {
  const known = new Set(before.map(each => each.id));
  const wasHere = new Set(before.flatMap(each => (each.here ? [each.id] : [])));
  const here = inventory.machines.filter(each => each.here);
  return {
    is: 'ended',
    inventory,
    summary: {
      found: here.length,
      fresh: here.filter(each => !known.has(each.id)).length,
      missing: inventory.machines.flatMap(each => (!each.here && wasHere.has(each.id) ? [each.name] : [])),
      seconds: Math.round(seconds * 10) / 10,
      stopped,
      left,
    },
  };
}

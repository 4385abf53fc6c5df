import { failureOf } from '../../../preload/contract/failure.ts';
import type { Progress } from '../../../preload/contract/domain.ts';
import type { FieldError } from '../../../preload/contract/failure.ts';
import type { MachineId } from '../../../preload/contract/ids.ts';
import type { Inventory, ScanNews, ScanPace } from '../../../preload/contract/scan.ts';
import { hostsIn, v4Number } from '../../core/lan/cidr.ts';
import type { Network } from '../../core/lan/cidr.ts';
import { fold } from '../../core/lan/inventory/fold.ts';
import type { KnownMachine, Visit } from '../../core/lan/inventory/fold.ts';
import { shown } from '../../core/lan/inventory/shown.ts';
import { pace } from '../../core/pace.ts';
import type { Pace } from '../../core/pace.ts';
import { knownMachines, saveMachines } from '../../store/inventory.ts';
import { nodes as allNodes } from '../../store/nodes.ts';
import { HeardSoFar } from './heard.ts';
import { groundOf } from './ground.ts';
import { scan } from './scan.ts';
import type { PortQuestion, ScanPlan } from './plan.ts';
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
  const { store, senses, clock } = deps;
  const now = (): string => clock.now().toISOString();
  const before = store.read(knownMachines);
  const ids = new Map<string, MachineId>();
  const ground = groundOf(deps, ids);
  const heard = new HeardSoFar(now);
  const serial = await serialPorts(deps);
  const began = clock.monotonic();
  const paced = pace(() => clock.monotonic());
  const failures: FieldError[] = [];
  let asked: readonly string[] = [];
  let left: readonly string[] = [];
  let at = { done: 0, total: 0 };
  let isDirty = true;
  let isMoved = true;
  let isOver = false;
  let thrown: unknown;
  let wake: () => void = () => undefined;

  const visit = (): Visit => ({ at: now(), sightings: heard.sightings(), asked, serial });
  const folded = (): readonly KnownMachine[] => fold(before, visit(), ground);
  let kept = before;
  const keep = (machines: readonly KnownMachine[]): void => {
    store.write(db => saveMachines(db, machines, kept));
    kept = machines;
  };

  const ending = new AbortController();
  const whole = AbortSignal.any([signal, ending.signal]);
  const plan = await planFor(deps, ask, before);
  const work = scan({
    senses,
    clock,
    plan,
    heard,
    signal: whole,
    tell: {
      heard: () => {
        isDirty = true;
        wake();
      },
      progress: (done, total) => {
        at = { done, total };
        isMoved = true;
        wake();
      },
      trouble: failure => {
        failures.push(failure);
        wake();
      },
    },
  }).then(
    outcome => {
      ({ asked, left } = outcome);
    },
    (error: unknown) => {
      thrown = error;
    },
  );
  const ended = work.then(() => {
    isOver = true;
    wake();
  });

  try {
    yield {
      is: 'began',
      networks: ask.networks.map(each => each.text),
      addresses: ask.networks.reduce((sum, each) => sum + (each.is === 'link-local' ? 0 : hostsIn(each)), 0),
    };
    let savedAt = clock.monotonic();
    while (!isOver) {
      const failure = failures.shift();
      if (failure) yield { is: 'trouble', failure: failure.failure };
      if (isDirty) {
        isDirty = false;
        const machines = folded();
        if (clock.monotonic() - savedAt > saveEveryMs) {
          keep(machines);
          savedAt = clock.monotonic();
        }
        yield { is: 'map', inventory: shown(machines, ground, now()) };
      }
      if (isMoved && at.total > 0) {
        isMoved = false;
        yield { is: 'progress', progress: progressOf(at, paced) };
      }
      const drawn = clock.monotonic();
      await new Promise<void>(resolve => {
        wake = resolve;
        if (isDirty || isMoved || isOver || failures.length > 0) resolve();
      });
      const rest = drawEveryMs - (clock.monotonic() - drawn);
      if (!isOver && rest > 0) await Promise.race([ended, clock.sleep(rest, signal).catch(() => undefined)]);
    }
    for (const failure of failures) yield { is: 'trouble', failure: failure.failure };
    const stopped = signal.aborted || (thrown !== undefined && failureOf(thrown).code === 'cancelled');
    if (thrown !== undefined && !stopped) throw thrown;
    const machines = folded();
    keep(machines);
    yield summed(shown(machines, ground, now()), before, {
      seconds: (clock.monotonic() - began) / 1000,
      stopped,
      left,
    });
  } finally {
    ending.abort();
    await work;
    keep(folded());
  }
}

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

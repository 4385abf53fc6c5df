import { FieldError } from '../../../preload/contract/failure.ts';
import { isIn } from '../../core/lan/cidr.ts';
import type { Clock, NetworkSenses } from '../../ports.ts';
import { asking, unresolvedMs } from './asking.ts';
import type { HeardSoFar } from './heard.ts';
import { hear } from './hearing.ts';
import type { Hearing } from './hearing.ts';
import { places } from './places.ts';
import { inOrder, bounds, mannerOf, wireOf } from './plan.ts';
import type { ScanPlan, ScanTell } from './plan.ts';
import { fastWindow, gentleWindow, mostUnresolved } from './window.ts';
import type { Place, Window } from './window.ts';

export interface ScanOutcome {
  /** CIDRs and addresses that were asked to the end. */
  readonly asked: readonly string[];
  /** What could not be asked, in sentences. */
  readonly left: readonly string[];
}

/** What is announced is worth waiting for this long; a quiet scan goes on until it is stopped. */
const announcedMs = 3500;
/** Connections of ours that may be open at once, a few below the 512 that are promised. */
const mostConnections = 448;

type Deps = { readonly senses: NetworkSenses; readonly clock: Clock };

/**
 * Asks every address of the plan, hears what is announced, and keeps all of it in `heard`. Ends when everything was asked
 * and those who may answer late were asked again. Throws `cancelled` when stopped.
 */
export async function scan(
  deps: Deps,
  plan: ScanPlan,
  heard: HeardSoFar,
  tell: ScanTell,
  signal: AbortSignal,
): Promise<ScanOutcome> {
  const { clock } = deps;
  const ending = new AbortController();
  const hearing = await hear(deps, plan, heard, tell, AbortSignal.any([signal, ending.signal]));
  try {
    if (plan.pace === 'listen') await clock.sleep(2 ** 31 - 1, signal);
    const began = clock.monotonic();
    const lost = losses(deps, plan, tell);
    const round = await rounds(deps, plan, heard, hearing, tell, lost, signal);
    const order = inOrder(plan);
    // In a hurry those with an IPv4 address are there in a second, and need not be asked by their other one.
    if (plan.pace === 'polite') void hearing.called.then(hearing.urge);
    const nobody = await round.ask(order, order.length);
    hearing.urge(await hearing.called);
    await round.ask([]);
    await Promise.all([round.silentAgain(), lateOnes(nobody)]);
    const rest = announcedMs - (clock.monotonic() - began);
    if (rest > 0) await clock.sleep(rest, signal);
    await hearing.glance();
    await round.ask([]);
    return {
      asked: plan.networks.filter(network => !lost.has(network.text)).map(network => network.text),
      left: [...hearing.left, ...lost.left],
    };

    /** Once more those where nobody was: all of a small network in a hurry, else the known ones, which are missed most. */
    async function lateOnes(nobody: readonly string[]): Promise<void> {
      const isSmall = plan.pace === 'fast' && nobody.length <= mostUnresolved;
      const late = isSmall ? nobody : nobody.filter(address => plan.known.includes(address));
      if (late.length === 0) return;
      // The system is still asking for them; only after it gave up does it begin anew.
      const rest = unresolvedMs - (clock.monotonic() - began);
      if (rest > 0) await clock.sleep(rest, signal);
      await round.ask(late);
    }
  } finally {
    ending.abort();
    await hearing.ended;
  }
}

/** Asks many addresses, as the pace of the scan allows. */
interface Rounds {
  /**
   * Asks all of these at which nobody was found so far, and whoever is heard meanwhile; gives those where still nobody is.
   * With `total` its progress is told.
   */
  ask(addresses: readonly string[], total?: number): Promise<readonly string[]>;
  /** Machines that were there but silent on a port that matters, once more with more patience. */
  silentAgain(): Promise<void>;
}

async function rounds(
  { senses, clock }: Deps,
  plan: ScanPlan,
  heard: HeardSoFar,
  hearing: Hearing,
  tell: ScanTell,
  lost: Losses,
  signal: AbortSignal,
): Promise<Rounds> {
  const { isLeftOut } = bounds(plan);
  const wires = new Set(plan.networks.flatMap(network => wireOf(plan, network) ?? []));
  const tries = await Promise.all([...wires].map(wire => senses.arpTries(wire)));
  const window: Window = plan.pace === 'fast' ? fastWindow() : gentleWindow(clock, Math.max(1, ...tries));
  const talkers = places(mannerOf(plan).talkers);
  const host = asking({ senses, clock }, plan, heard, hearing, tell, lost.couldNot, lost.isLost, signal);
  /** How often each address was asked; an announcement may bring up one where nobody is, but not for ever. */
  const asked = new Map<string, number>();
  const running = new Set<string>();

  async function askOne(address: string, place: Place): Promise<boolean> {
    const began = clock.monotonic();
    const isThere = await host.first(address, place.answered);
    if (isThere) place.answered();
    else void freed(place, began);
    if (isThere)
      await oneByOne(hearing.card(address) ?? address, () => talkers.use(() => host.rest(address)));
    return isThere;
  }

  const busy = new Map<string, Promise<void>>();
  /** A machine with several addresses is asked by one of them after another. */
  async function oneByOne(card: string, work: () => Promise<void>): Promise<void> {
    const before = busy.get(card) ?? Promise.resolve();
    const mine = before.then(work, work);
    busy.set(card, mine);
    await mine;
  }

  /** The system asks on after we have given up: its place is free only when it has given up too. */
  async function freed(place: Place, began: number): Promise<void> {
    await clock.sleep(Math.max(0, unresolvedMs - (clock.monotonic() - began)), signal).catch(() => undefined);
    place.over();
  }

  async function ask(addresses: readonly string[], total?: number): Promise<readonly string[]> {
    const tasks = new Set<Promise<void>>();
    const nobody: string[] = [];
    const list = addresses[Symbol.iterator]();
    let done = 0;
    const isWanted = (address: string): boolean =>
      !lost.isLost(address) &&
      !isLeftOut(address) &&
      !running.has(address) &&
      !heard.isAnswered(address, plan.ports[0]?.port ?? 0);
    const next = (): string | undefined => {
      const urgent = hearing.next(address => isWanted(address) && (asked.get(address) ?? 0) < 2);
      if (urgent !== undefined) return urgent;
      for (let at = list.next(); !at.done; at = list.next()) if (isWanted(at.value)) return at.value;
      return undefined;
    };
    const settle = async (address: string, place: Place): Promise<void> => {
      asked.set(address, (asked.get(address) ?? 0) + 1);
      running.add(address);
      if (!(await askOne(address, place).finally(() => running.delete(address)))) nobody.push(address);
      done += 1;
      if (total !== undefined) tell.progress(Math.min(done, total), total);
    };
    if (total !== undefined) tell.progress(0, total);
    for (;;) {
      signal.throwIfAborted();
      const address = next();
      if (address === undefined && tasks.size === 0) return nobody;
      if (address === undefined) {
        // Whoever is still being asked may take a while, and others may be heard of meanwhile.
        await Promise.race([...tasks, clock.sleep(200, signal).catch(() => undefined)]);
        continue;
      }
      const isFree = hearing.standing(address) === 'resolved';
      const place = isFree ? noPlace : await window.admit(signal);
      const task = settle(address, place);
      tasks.add(task);
      void task.then(
        () => tasks.delete(task),
        () => undefined,
      );
      if (tasks.size >= mostConnections) await Promise.race(tasks);
    }
  }

  return {
    ask,
    async silentAgain() {
      await Promise.all(
        heard.silent().map(({ address, ports }) => talkers.use(() => host.again(address, ports))),
      );
    },
  };
}

const noPlace: Place = { answered: () => undefined, over: () => undefined };

/** Networks that cannot be asked any more. */
interface Losses {
  /** The laptop itself could not ask this address. Said once for each network; the rest of it is left. */
  readonly couldNot: (address: string, code: string) => Promise<void>;
  readonly isLost: (address: string) => boolean;
  has(network: string): boolean;
  readonly left: readonly string[];
}

const gone: readonly string[] = ['ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'ENODEV', 'EINVAL', 'ENXIO'];
/** This process has too much open at the moment: the address is asked again by the second round. */
const passing: readonly string[] = ['EMFILE', 'ENFILE', 'ENOBUFS', 'EAGAIN'];

function losses({ senses }: Deps, plan: ScanPlan, tell: ScanTell): Losses {
  const lost = new Set<string>();
  const left: string[] = [];
  return {
    left,
    has: network => lost.has(network),
    isLost: address => plan.networks.some(network => lost.has(network.text) && isIn(network, address)),
    async couldNot(address, code) {
      const network = plan.networks.find(each => isIn(each, address));
      if (!network || lost.has(network.text) || passing.includes(code)) return;
      lost.add(network.text);
      if (!gone.includes(code)) {
        left.push(`${network.text}: this laptop does not let Coldstart send there (${code}).`);
        tell.trouble(notAllowed(network.text, code));
        return;
      }
      left.push(`${network.text} went away while it was asked; what was found until then is kept.`);
      const wire = wireOf(plan, network);
      const wires = await senses.wires().catch(() => []);
      const isThere = wires.some(each => each.name === wire && each.plugged !== false);
      tell.trouble(networkGone(network.text, isThere ? undefined : wire));
    },
  };
}

const networkGone = (network: string, wire: string | undefined): FieldError =>
  new FieldError({
    code: 'gone-away',
    says:
      wire === undefined
        ? `${network} cannot be reached from this laptop.`
        : `The interface ${wire} went away, and ${network} with it.`,
    about: network,
    untouched: 'What was found until then is kept; nothing was changed on any machine.',
    next: 'Check the cable, the adapter and the laptop’s address, then scan again.',
  });

const notAllowed = (network: string, code: string): FieldError =>
  new FieldError({
    code: 'could-not',
    says: `This laptop does not let Coldstart send to ${network} (${code}).`,
    about: network,
    untouched: 'Nothing was sent there.',
    next: 'A firewall or a VPN on this laptop may forbid it: allow it or switch it off, then scan again.',
  });

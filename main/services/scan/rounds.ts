import { asking, unresolvedMs } from './asking.ts';
import type { Hearing } from './hearing.ts';
import type { Losses } from './losses.ts';
import { places } from './places.ts';
import { bounds, isV4, mannerOf, wireOf } from './plan.ts';
import type { Scanning } from './plan.ts';
import { fastWindow, gentleWindow } from './window.ts';
import type { Place, Window } from './window.ts';

/** Connections of ours that may be open at once, a few below the 512 that are promised. */
const mostConnections = 448;

/** Asks many addresses, as the pace of the scan allows. */
export interface Rounds {
  /**
   * Asks all of these at which nobody was found so far, and whoever is heard meanwhile; gives those where still nobody is.
   * With `total` its progress is told.
   */
  ask(addresses: readonly string[], total?: number): Promise<readonly string[]>;
  /** Machines that were there but silent on a port that matters, once more with more patience. */
  silentAgain(): Promise<void>;
}

export async function rounds(scanning: Scanning, hearing: Hearing, lost: Losses): Promise<Rounds> {
  const { senses, clock, plan, heard, tell, signal } = scanning;
  const { isLeftOut } = bounds(plan);
  const wires = new Set(plan.networks.flatMap(network => wireOf(plan, network) ?? []));
  const tries = await Promise.all([...wires].map(wire => senses.arpTries(wire)));
  const window: Window = plan.pace === 'fast' ? fastWindow() : gentleWindow(clock, Math.max(1, ...tries));
  const talkers = places(mannerOf(plan).talkers);
  const host = asking(scanning, hearing, lost);
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
      // Only IPv4 costs ARP questions, and only where the card is not known yet.
      const isFree = !isV4(address) || hearing.standing(address) === 'resolved';
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

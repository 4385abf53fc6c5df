import { macInside } from '../../core/lan/eui64.ts';
import type { Neighbour } from '../../core/lan/sighting.ts';
import { bounds, isV4, mannerOf, wireOf } from './plan.ts';
import type { Scanning } from './plan.ts';

/** What is heard beside the asking: the system's neighbour table, announcements, the answers to a call to all IPv6 nodes. */
export interface Hearing {
  /** What the system's table says of an address; `unlisted` for one behind a router, or never asked. */
  standing(address: string): Neighbour['state'] | 'unlisted';
  /** The card behind an address, as far as it is known; one machine has several addresses. */
  card(address: string): string | undefined;
  /** Reads the table anew; several who ask at once share one reading. */
  glance(): Promise<void>;
  /** An address that was heard and that nobody has asked for yet. */
  next(isWanted: (address: string) => boolean): string | undefined;
  /** All IPv6 nodes were called, and these answered. */
  readonly called: Promise<readonly string[]>;
  /** Has these come next, before all others. */
  readonly urge: (addresses: readonly string[]) => void;
  /** What could not be heard, in sentences. */
  readonly left: readonly string[];
  /** Settles when everything has ended, after the signal stopped it. */
  readonly ended: Promise<void>;
}

/** A reading of the table that began less than so long ago is still good. */
const goodForMs = 150;
const entryKey = ({ address, mac }: Neighbour): string => `${address} ${mac ?? ''}`;

export async function hear({ senses, clock, plan, heard, tell, signal }: Scanning): Promise<Hearing> {
  const { isOurs, isLeftOut } = bounds(plan);
  const isQuiet = plan.pace === 'listen';
  // An entry may stay for hours after its machine went: one from before proves nothing.
  const before = new Set((await senses.neighbours(signal)).filter(each => each.mac).map(entryKey));
  const states = new Map<string, Neighbour['state']>();
  const macs = new Map<string, string>();
  /** Cards of machines that have an IPv4 address among those that are asked. */
  let byV4: ReadonlySet<string> = new Set();
  const urgent: string[] = [];
  const left: string[] = [];
  const wires = [...new Set(plan.networks.flatMap(network => wireOf(plan, network) ?? []))];

  /** A machine that is asked by its IPv4 address need not be asked again by its link-local one. */
  const isTwice = (address: string): boolean => {
    const mac = macs.get(address) ?? macInside(address);
    return !isV4(address) && mac !== undefined && byV4.has(mac);
  };

  function take(table: readonly Neighbour[]): void {
    states.clear();
    macs.clear();
    for (const { address, mac, state } of table) {
      states.set(address, state);
      if (mac !== undefined) macs.set(address, mac);
    }
    const cards = (isWanted: (address: string) => boolean): Set<string> =>
      new Set([...macs].filter(([address]) => isWanted(address)).map(([, mac]) => mac));
    const leftOut = cards(isLeftOut);
    byV4 = cards(address => isV4(address) && isOurs(address));
    let changed = false;
    for (const entry of table) {
      const { address, mac, state } = entry;
      if (!isOurs(address) || state !== 'resolved' || mac === undefined) continue;
      if (isLeftOut(address) || leftOut.has(mac)) continue;
      const isProof = entry.fresh === true || !before.has(entryKey(entry));
      changed = heard.neighbour(entry, isProof) || changed;
      if (isProof) urgent.push(address);
    }
    if (changed) tell.heard();
  }

  let reading: { readonly began: number; readonly done: Promise<void> } | undefined;
  const glance = (): Promise<void> => {
    const began = clock.monotonic();
    if (reading && began - reading.began < goodForMs) return reading.done;
    // A table that cannot be read once is read again a moment later.
    const done = senses
      .neighbours(signal)
      .then(take)
      .catch(() => undefined);
    reading = { began, done };
    return done;
  };

  const glancing = (async () => {
    for (const { glanceMs } = mannerOf(plan); !signal.aborted;) {
      await glance();
      await clock.sleep(glanceMs, signal).catch(() => undefined);
    }
  })();
  const listening = senses.announcements(wires, {
    quiet: isQuiet,
    signal,
    onHeard: each => {
      if (each.addresses.some(isLeftOut)) return;
      if (heard.announced(each)) tell.heard();
      urgent.push(...each.addresses.filter(isOurs));
    },
    onTrouble: (wire, why) => {
      left.push(`Announcements on ${wire} could not be heard: ${why}.`);
    },
  });

  async function call(wire: string): Promise<readonly string[]> {
    const found = await senses.callAllNodes(wire, signal).catch(() => undefined);
    if (!found && !signal.aborted)
      left.push(
        `This laptop may not call all IPv6 machines on ${wire} at once; only those it had heard of were asked.`,
      );
    return found?.filter(isOurs) ?? [];
  }
  const calls = plan.networks.flatMap(network =>
    network.is === 'link-local' && !isQuiet ? [call(network.wire)] : [],
  );
  const called = Promise.all(calls).then(async found => {
    await glance();
    return found.flat();
  });

  return {
    standing: address => states.get(address) ?? 'unlisted',
    card: address => macs.get(address) ?? macInside(address),
    glance,
    next(isWanted) {
      for (let address = urgent.shift(); address !== undefined; address = urgent.shift())
        if (isWanted(address) && !isTwice(address)) return address;
      return undefined;
    },
    called,
    urge: addresses => void urgent.unshift(...addresses),
    left,
    ended: Promise.allSettled([glancing, listening, called]).then(() => undefined),
  };
}

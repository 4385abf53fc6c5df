import { unresolvedMs } from './asking.ts';
import { hear } from './hearing.ts';
import { losses } from './losses.ts';
import { inOrder } from './plan.ts';
import type { Scanning } from './plan.ts';
import { rounds } from './rounds.ts';
import { mostUnresolved } from './window.ts';

export interface ScanOutcome {
  /** CIDRs and addresses that were asked to the end. */
  readonly asked: readonly string[];
  /** What could not be asked, in sentences. */
  readonly left: readonly string[];
}

/** What is announced is worth waiting for this long; a quiet scan goes on until it is stopped. */
const announcedMs = 3500;

/**
 * Asks every address of the plan, hears what is announced, and keeps all of it in `heard`. Ends when everything was asked
 * and those who may answer late were asked again. Throws `cancelled` when stopped.
 */
export async function scan(scanning: Scanning): Promise<ScanOutcome> {
  const { clock, plan, signal } = scanning;
  const ending = new AbortController();
  const hearing = await hear({ ...scanning, signal: AbortSignal.any([signal, ending.signal]) });
  try {
    if (plan.pace === 'listen') await clock.sleep(2 ** 31 - 1, signal);
    const began = clock.monotonic();
    const lost = losses(scanning);
    const round = await rounds(scanning, hearing, lost);
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
      asked: plan.networks.filter(lost.isWhole).map(network => network.text),
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

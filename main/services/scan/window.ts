import { arpBudget } from '../../core/lan/arp-budget.ts';
import type { Clock } from '../../ports.ts';

/** The place of one unresolved address. Whichever is called first counts. */
export interface Place {
  /** Somebody answered. */
  readonly answered: () => void;
  /** The system has given up on it. */
  readonly over: () => void;
}

/** Lets unresolved addresses out: one after another as the budget allows, or so many at once. */
export interface Window {
  /** Waits until one more unresolved address may be asked. */
  admit(signal: AbortSignal): Promise<Place>;
}

const lookAgainMs = 40;

/** The default: at most so many ARP questions a second, whatever becomes of them. */
export function gentleWindow(clock: Clock, tries: number): Window {
  const budget = arpBudget(tries);
  return {
    async admit(signal) {
      for (let wait = budget.take(clock.monotonic()); wait > 0; wait = budget.take(clock.monotonic()))
        // An answer in the meantime gives back what was set aside for asking again.
        await clock.sleep(Math.min(wait, lookAgainMs), signal);
      return once(budget.answered, () => undefined);
    },
  };
}

/** How many addresses may be unresolved at once in the fast mode: half of what Linux keeps room for without asking. */
export const mostUnresolved = 256;

/** The fast mode: so many at once. A place is free again when somebody answered, or the system has given up asking. */
export function fastWindow(most = mostUnresolved): Window {
  let used = 0;
  const waiting: (() => void)[] = [];
  const free = (): void => {
    used -= 1;
    waiting.shift()?.();
  };
  return {
    async admit(signal) {
      while (used >= most) {
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
        await promise;
        signal.throwIfAborted();
      }
      used += 1;
      return once(free, free);
    },
  };
}

function once(answered: () => void, over: () => void): Place {
  let settled = false;
  const first =
    (act: () => void): (() => void) =>
    () => {
      if (settled) return;
      settled = true;
      act();
    };
  return { answered: first(answered), over: first(over) };
}

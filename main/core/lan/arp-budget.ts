/**
 * How many ARP questions a second may leave the laptop. Industrial switches shut a port at 15 a second (ARP inspection), and
 * the system asks several times for an address where nobody answers.
 */
export const mostArpPerSecond = 13;
/** Never more unresolved addresses a second than this, however seldom the system asks. */
export const mostAddressesPerSecond = 10;

/** Spends ARP questions before they are asked. Times are milliseconds of a clock that never jumps. */
export interface ArpBudget {
  /** Milliseconds until the next unresolved address may be asked; 0: now, and it is spent. */
  take(now: number): number;
  /** The address answered the first question; the others are not asked. */
  readonly answered: () => void;
}

/** `tries`: how many questions the system asks for one address. */
export function arpBudget(tries: number): ArpBudget {
  const perSecond = Math.min(mostArpPerSecond, mostAddressesPerSecond * tries);
  let left = tries;
  let at: number | undefined;
  return {
    take(now) {
      left = Math.min(tries, left + ((now - (at ?? now)) / 1000) * perSecond);
      at = now;
      // A hair less than whole is whole: waiting is rounded up to milliseconds.
      if (left < tries - 1e-6) return Math.ceil(((tries - left) / perSecond) * 1000);
      left -= tries;
      return 0;
    },
    answered() {
      left = Math.min(tries, left + tries - 1);
    },
  };
}

/** Seconds in which this many addresses can be asked where nobody answers. */
export const secondsFor = (addresses: number, tries: number): number =>
  (addresses * tries) / Math.min(mostArpPerSecond, mostAddressesPerSecond * tries);

import { listenOrder } from './search.ts';

const few = 4;

/**
 * Whether garbage comes from a slower or a faster sender than the port is set to. Bits of a slower sender last longer
 * than ours, so single bits between two others are rare in it; zeros tell nothing, as systems give them for errors.
 * Right on the line model for all pairs but some that are nearly the same (ratio 1.5 to 1.63).
 */
export function senderIs(bytes: Uint8Array): 'slower' | 'faster' | undefined {
  if (bytes.length === 0) return undefined;
  // Whole lines shrink to a blip or two when they pass much too fast.
  if (bytes.length < few) return 'faster';
  const telling = bytes.filter(byte => byte !== 0);
  const single = telling.reduce((sum, byte) => sum + (hasSingleBit(byte) ? 1 : 0), 0);
  return single < telling.length / 2 || telling.length === 0 ? 'slower' : 'faster';
}

/** Looks at the eight bits between the start bit (low) and the stop bit (high). */
function hasSingleBit(byte: number): boolean {
  const bits = (byte << 1) | 0x200;
  // Where a bit differs from the one before and from the one after.
  return ((bits ^ (bits >> 1)) & ((bits >> 1) ^ (bits >> 2)) & 0xff) !== 0;
}

/** Which speed to listen at next, from what was heard at others: a vote, as single hints may be wrong. */
export class Guess {
  readonly #votes = new Map<number, number>(listenOrder.map(baud => [baud, 0]));

  /** Nothing readable was heard at this speed. */
  garbage(baud: number, bytes: Uint8Array): void {
    this.#vote(baud, -1.5);
    const sender = senderIs(bytes);
    for (const other of listenOrder)
      if ((sender === 'slower' && other < baud) || (sender === 'faster' && other > baud))
        this.#vote(other, 1);
  }
  /** Nothing was heard of somebody who talks: either he paused, or he is so fast that nothing was noticed. */
  silence(baud: number): void {
    this.#vote(baud, -1);
    for (const other of listenOrder) if (other > baud) this.#vote(other, 0.5);
  }
  /** The adapter cannot do this speed. */
  refused(baud: number): void {
    this.#vote(baud, -Infinity);
  }

  /** The middle of those with most votes: each answer then halves what is left. */
  next(): number {
    const most = Math.max(...this.#votes.values());
    const best = [...this.#votes].flatMap(([baud, votes]) => (votes === most ? [baud] : []));
    return best.sort((a, b) => a - b)[Math.floor(best.length / 2)] ?? 115_200;
  }

  #vote(baud: number, votes: number): void {
    this.#votes.set(baud, (this.#votes.get(baud) ?? 0) + votes);
  }
}

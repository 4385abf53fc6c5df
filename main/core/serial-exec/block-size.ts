/** How many bytes go into one block: as many as the line carries unharmed. */
export interface BlockSize {
  readonly now: number;
  went(): void;
  failed(): void;
}

/**
 * Grows by half with every block that came through and shrinks to a third with one that did not, between `least` and
 * `most`. A block that is too big for a bad line would never arrive; one that is too small is mostly overhead.
 */
export function blockSize(least: number, first: number, most: number): BlockSize {
  let now = Math.min(most, Math.max(least, first));
  return {
    get now() {
      return Math.floor(now);
    },
    went: () => void (now = Math.min(most, now * 1.5)),
    failed: () => void (now = Math.max(least, now / 3)),
  };
}

/** How fast something goes, measured over the last seconds; for a remaining time that is never guessed. */
export interface Pace {
  /** Notes where it stands and gives the seconds that remain, once two seconds were measured. */
  remaining(done: number, total: number): number | undefined;
}

const windowMs = 15_000;
const leastMs = 2000;

/** `monotonic` gives milliseconds that never jump back. */
export function pace(monotonic: () => number): Pace {
  const seen: { readonly at: number; readonly done: number }[] = [];
  return {
    remaining(done, total) {
      const at = monotonic();
      seen.push({ at, done });
      while (seen.length > 2 && at - (seen[1]?.at ?? at) > windowMs) seen.shift();
      const first = seen[0] ?? { at, done };
      const tookMs = at - first.at;
      const gained = done - first.done;
      if (tookMs < leastMs || gained <= 0) return undefined;
      return Math.ceil((Math.max(0, total - done) * tookMs) / gained / 1000);
    },
  };
}

/** Something with a date that is known to be past. */
export interface DatedFact {
  readonly what: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The newest of the facts that a right clock cannot be before. */
export const newest = (facts: readonly DatedFact[]): DatedFact | undefined =>
  facts.filter(({ at }) => Number.isFinite(at)).toSorted((a, b) => b.at - a.at)[0];

/** A minute and second as people write them, in UTC. */
export const utc = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** How far a clock is off, in words: `3 min behind`, `400 days ahead`; seconds. */
export function ahead(seconds: number): string {
  const size = Math.abs(seconds);
  const words =
    size < 120
      ? `${Math.round(size)} s`
      : size < 7200
        ? `${Math.round(size / 60)} min`
        : size < 172_800
          ? `${Math.round(size / 3600)} h`
          : `${Math.round(size / 86_400)} days`;
  return seconds < 0 ? `${words} behind` : `${words} ahead`;
}

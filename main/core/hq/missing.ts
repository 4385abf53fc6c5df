/** A bag as far as its place in a laptop's row of bags goes. */
export interface InRow {
  readonly laptopKey: string;
  readonly counter: number;
  readonly site: string;
  readonly tagmanifestSha256: string;
  readonly previous?: string;
}

export interface MissingBag {
  readonly laptopKey: string;
  readonly counter: number;
  /** Of the next bag of that laptop that did come. */
  readonly site: string;
}

/** More than this in one gap is no lost stick but a wrong number. */
const mostInGap = 50;

const rowsOf = (bags: readonly InRow[]): readonly (readonly InRow[])[] =>
  [...Map.groupBy(bags, each => each.laptopKey).values()].map(row =>
    row.toSorted((a, b) => a.counter - b.counter),
  );

/** Bags that were signed and never came: on their way, or lost. The newest fifty of each gap. */
export const missingBags = (bags: readonly InRow[]): readonly MissingBag[] =>
  rowsOf(bags).flatMap(row =>
    row.flatMap((bag, i) => {
      const first = Math.max((row[i - 1]?.counter ?? 0) + 1, bag.counter - mostInGap);
      return Array.from({ length: Math.max(0, bag.counter - first) }, (_, n) => ({
        laptopKey: bag.laptopKey,
        counter: first + n,
        site: bag.site,
      }));
    }),
  );

/**
 * What does not fit in a laptop's row: a number that came twice, or a bag that names another one before it than the one
 * that came. Either the laptop was set back from a backup, or its key is in use twice.
 */
export const forks = (bags: readonly InRow[]): readonly string[] =>
  rowsOf(bags).flatMap(row =>
    row.flatMap((bag, i) => {
      const before = row[i - 1];
      if (!before) return [];
      if (before.counter === bag.counter)
        return [
          `Laptop ${bag.laptopKey} signed two exports with number ${bag.counter}: it was set back from a backup, or its key is in use twice.`,
        ];
      if (before.counter === bag.counter - 1 && bag.previous !== before.tagmanifestSha256)
        return [
          `Export ${bag.counter} of laptop ${bag.laptopKey} does not follow on the export ${before.counter} that came: the laptop was set back from a backup, or its key is in use twice.`,
        ];
      return [];
    }),
  );

/** How far one etcd member has come. */
export interface RaftPlace {
  /** Number of the last log entry that became part of its data. */
  readonly applied: number;
  /** Read from a running etcd, or only the least it can be, from the names of its files. */
  readonly sure: boolean;
}

/** Of `http://127.0.0.1:2381/metrics`; undefined when etcd does not answer there. */
export function placeInMetrics(metrics: string): RaftPlace | undefined {
  const found = /^etcd_server_proposals_applied_total (\S+)$/m.exec(metrics)?.[1];
  const applied = Number(found);
  return found === undefined || !Number.isSafeInteger(applied) ? undefined : { applied, sure: true };
}

/**
 * Of the names in `member/wal` (`<number>-<first entry>.wal`) and `member/snap` (`<term>-<last entry>.snap`), both in hex:
 * the member has come at least so far.
 */
export function placeInNames(names: readonly string[]): RaftPlace | undefined {
  const indexes = names.flatMap(name => {
    const found = /^[0-9a-f]{16}-([0-9a-f]{16})\.(?:wal|snap)$/.exec(name)?.[1];
    return found === undefined ? [] : [Number.parseInt(found, 16)];
  });
  return indexes.length === 0 ? undefined : { applied: Math.max(...indexes), sure: false };
}

export interface Survivor {
  readonly name: string;
  readonly place: RaftPlace | undefined;
}

/**
 * Why this survivor may not be the one that is reset; undefined when no other is known to have come further. What is only
 * in the one that came further would be lost.
 */
export function notTheBest(chosen: Survivor, others: readonly Survivor[]): string | undefined {
  const best = others
    .filter(({ place }) => place !== undefined && place.applied > (chosen.place?.applied ?? -1))
    .toSorted((a, b) => (b.place?.applied ?? 0) - (a.place?.applied ?? 0))[0];
  if (!best?.place) return undefined;
  const own = chosen.place ? `came to entry ${chosen.place.applied}` : 'has no etcd data that can be read';
  return `${chosen.name} ${own}, and ${best.name} to entry ${best.place.applied}: what lies between would be lost`;
}

import type { Recorded } from './format.ts';

/** What the node and the laptop said at the same moment, when the log was pulled. */
export interface ClockSeen {
  readonly bootId: string;
  /** Seconds. */
  readonly uptime: number;
  /** The laptop's clock: milliseconds since 1970. */
  readonly laptop: number;
  /** The laptop knows that it is later than this. */
  readonly notBefore: number;
}

export interface Placed {
  readonly rows: readonly (Recorded & { readonly trueAt: number })[];
  /** Samples of boots whose clock was never right: nobody knows when they were taken. */
  readonly unplaced: number;
  /** How often the node's clock jumped by more than five seconds while it ran. */
  readonly jumps: number;
}

const jumpMs = 5000;
const dayMs = 86_400_000;
/** When this boot began, by the clock as it stood at the sample. */
const began = ({ at, uptime }: Recorded): number => at - uptime * 1000;

/**
 * When samples were really taken. The uptime never jumps: within a boot one right look at a clock is enough for all its
 * samples. The laptop's is that for the boot the node is in now; for one before it is the last its own clock said that can
 * be true, for a time server may have set it meanwhile.
 */
export function placed(rows: readonly Recorded[], seen: ClockSeen): Placed {
  const starts = new Map<string, number>([[seen.bootId, seen.laptop - seen.uptime * 1000]]);
  const before = new Map<string, number>();
  let jumps = 0;
  for (const row of rows) {
    const start = began(row);
    if (Math.abs(start - (before.get(row.bootId) ?? start)) > jumpMs) jumps += 1;
    before.set(row.bootId, start);
    const credible = row.at >= seen.notBefore && row.at <= seen.laptop + dayMs;
    if (credible && row.bootId !== seen.bootId) starts.set(row.bootId, start);
  }
  const known = rows.flatMap(row => {
    const start = starts.get(row.bootId);
    return start === undefined ? [] : [{ ...row, trueAt: Math.round(start + row.uptime * 1000) }];
  });
  return { rows: known, unplaced: rows.length - known.length, jumps };
}

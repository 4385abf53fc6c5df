import type { Outage, Reachability } from '../../../preload/contract/wan.ts';

/** One question to one target. */
export interface Probe {
  readonly target: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly up: boolean;
  readonly rttSeconds?: number;
}

export interface Watching {
  /** Nothing is said about the time between two questions that are further apart. */
  readonly gapMs: number;
  /** Away for less is a flap, for as long or more an outage. */
  readonly outageMs: number;
}
/** Fits questions every 30 seconds as well as every five minutes. */
export const usualWatching: Watching = { gapMs: 11 * 60_000, outageMs: 2 * 60_000 };

function quantile(sorted: readonly number[], part: number): number {
  const at = (sorted.length - 1) * part;
  const [low, high] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0];
  return low + (high - low) * (at - Math.floor(at));
}

/** What was seen of one target, from its probes in the order of time. */
function reachabilityOf(
  target: string,
  probes: readonly Probe[],
  { gapMs, outageMs }: Watching,
): Reachability {
  const outages: Outage[] = [];
  let [flaps, watchedMs, upMs] = [0, 0, 0];
  let downSince: number | undefined;
  let before: Probe | undefined;
  const end = (at: number, back: boolean): void => {
    if (downSince === undefined) return;
    if (at - downSince >= outageMs) outages.push({ from: downSince, ...(back && { to: at }) });
    else if (back) flaps += 1;
    downSince = undefined;
  };
  for (const probe of probes) {
    const span = before ? probe.at - before.at : 0;
    if (before && span > gapMs) end(before.at, false);
    else if (before) {
      watchedMs += span;
      // What it was at the end of a span it was all along: a question answers for the time before it.
      if (probe.up) upMs += span;
    }
    if (probe.up) end(probe.at, true);
    else downSince ??= probe.at;
    before = probe;
  }
  if (before) end(before.at, false);
  const times = probes.flatMap(({ up, rttSeconds }) => (up && rttSeconds !== undefined ? [rttSeconds] : []));
  const sorted = times.toSorted((a, b) => a - b);
  return {
    target,
    probes: probes.length,
    watchedMs,
    ...(watchedMs > 0 && { availability: upMs / watchedMs }),
    outages,
    flaps,
    ...(before && { isUp: before.up }),
    ...(sorted.length > 0 && { rtt: { median: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) } }),
  };
}

/** What was seen of each target; probes may come in any order, and a question asked twice counts once. */
export function reachability(
  probes: readonly Probe[],
  watching: Watching = usualWatching,
): readonly Reachability[] {
  const byTarget = Map.groupBy(probes, ({ target }) => target);
  return [...byTarget].map(([target, all]) => {
    const inOrder = new Map(all.map(probe => [probe.at, probe]));
    return reachabilityOf(
      target,
      [...inOrder.values()].toSorted((a, b) => a.at - b.at),
      watching,
    );
  });
}

/** The way out as a whole: it is there when any target answers. Probes of one round may lie so far apart. */
export function anyTarget(probes: readonly Probe[], roundMs = 10_000): readonly Probe[] {
  const rounds: { at: number; up: boolean; rtt: number[] }[] = [];
  for (const { at, up, rttSeconds } of probes.toSorted((a, b) => a.at - b.at)) {
    let round = rounds.at(-1);
    if (!round || at - round.at > roundMs) rounds.push((round = { at, up: false, rtt: [] }));
    round.up ||= up;
    if (up && rttSeconds !== undefined) round.rtt.push(rttSeconds);
  }
  return rounds.map(({ at, up, rtt }) => ({
    target: 'any',
    at,
    up,
    ...(rtt.length > 0 && { rttSeconds: Math.min(...rtt) }),
  }));
}

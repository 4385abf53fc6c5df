import type { DiskWear, MetricsLine } from '../../../../preload/contract/metrics.ts';
import { metricOf, namedIn } from '../series-name.ts';

/** What is known of a disk's use of its life at one moment. */
export interface WearPoint {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Part of its life used, 0 to 1 and beyond. */
  readonly used: number;
}

interface WearForecast {
  readonly perDay: number;
  /** When its life is used up, milliseconds since 1970: likely, at the earliest and, when it can be told, at the latest. */
  readonly at: number;
  readonly earliest: number;
  readonly latest?: number;
}

/** In which steps wear is told, as parts of a disk's life, and whether a step that was begun counts in full. */
export interface WearScale {
  readonly step: number;
  /** False where the maker decides. */
  readonly roundsUp: boolean;
}

/** What tells a disk's wear, and how much of its life one of its units is. An eMMC's 0x01 means 0 to 10 % (JESD84-B51). */
const wearSeries = [
  { metric: 'coldstart_emmc_life_used_ratio', unit: 1, step: 0.1, roundsUp: true },
  { metric: 'smartctl_device_percentage_used', unit: 0.01, step: 0.01, roundsUp: false },
] as const;

export const wearAsks = wearSeries.map(({ metric }) => ({ series: metric, as: 'value' }) as const);

/** Each disk with what its lines say; of an eMMC's two kinds of cells the one that is worn more. */
export function diskWear(lines: readonly MetricsLine[]): readonly DiskWear[] {
  const disks = lines.flatMap(line => {
    const of = wearSeries.find(({ metric }) => metric === metricOf(line.name));
    const points = line.times.flatMap((at, i): WearPoint[] => {
      const value = line.high[i];
      return value === null || value === undefined || !of ? [] : [{ at, used: value * of.unit }];
    });
    const last = points.at(-1);
    if (!of || !last) return [];
    const device = namedIn(line.name)?.labels.find(([key]) => key === 'device')?.[1] ?? '';
    const ends = wearForecast(points, of);
    const date = (at: number): string => new Date(Math.min(at, farthest)).toISOString();
    const told = ends && {
      perDay: ends.perDay,
      at: date(ends.at),
      earliest: date(ends.earliest),
      ...(ends.latest !== undefined && { latest: date(ends.latest) }),
    };
    return [{ instance: line.instance, device, used: last.used, ...(told && { ends: told }) }];
  });
  const worst = new Map<string, DiskWear>();
  for (const disk of disks.toSorted((a, b) => a.used - b.used))
    worst.set(`${disk.instance} ${disk.device}`, disk);
  return [...worst.values()].toReversed();
}

/** No disk is told to live longer. */
const farthest = Date.parse('2200-01-01T00:00:00Z');
const dayMs = 86_400_000;
/** Under this many days of watching nothing is foretold. */
const leastDays = 3;

/**
 * When a disk's life runs out. Its use is told in steps (eMMC: a tenth; NVMe: a hundredth), of which only the crossing is
 * exact: between two looks the true use may have grown by what is seen, give or take one step, and what is left is known to a
 * step as well. That width makes the interval, for a disk that wears evenly. Nothing while it was watched too shortly, or not worn at all in that time: then only that can be said.
 */
export function wearForecast(
  points: readonly WearPoint[],
  { step, roundsUp }: WearScale,
): WearForecast | undefined {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || last.at - first.at < leastDays * dayMs) return undefined;
  // From the first crossing of a step to the last one the growth is exact; else a step is all that is known.
  const crossings = points.filter((point, i) => i > 0 && point.used > (points[i - 1]?.used ?? point.used));
  const [from, to] = [crossings[0], crossings.at(-1)];
  if (!from || !to) return undefined;
  const grown = last.used - first.used;
  const days = (last.at - first.at) / dayMs;
  const exact = to.at > from.at ? (to.used - from.used) / ((to.at - from.at) / dayMs) : grown / days;
  const [slow, fast] = [Math.max(0, grown - step) / days, (grown + step) / days];
  const end = (left: number, perDay: number): number => last.at + (Math.max(0, left) / perDay) * dayMs;
  const left = 1 - last.used;
  const likely = Math.min(Math.max(exact, slow), fast);
  return {
    perDay: likely,
    at: end(left, likely),
    earliest: end(roundsUp ? left : left - step, fast),
    ...(slow > 0 && { latest: end(left + step, slow) }),
  };
}

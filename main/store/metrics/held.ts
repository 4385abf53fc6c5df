import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { HeldTarget, MetricsHeld } from '../../../preload/contract/metrics.ts';
import { syncFolder } from '../durable.ts';
import { daysIn, headPath, targetsIn } from './places.ts';
import type { TargetPlace } from './places.ts';
import { daysOf, stretches } from './read.ts';

/** What a site has stored. */
export function heldOf(site: string): MetricsHeld {
  const lost: string[] = [];
  const targets = targetsIn(site).flatMap(place => {
    const held = heldTarget(place, lost);
    return held ? [held] : [];
  });
  return {
    targets,
    bytes: targets.reduce((sum, { bytes }) => sum + bytes, 0),
    lost: [...lost, ...targetsIn(site).flatMap(asideIn)],
  };
}

function heldTarget(place: TargetPlace, lost: string[]): HeldTarget | undefined {
  const all = [...stretches(place, { lost: (path, why) => lost.push(`${path}: ${why}`) })];
  const last = all.at(-1);
  const times = all.flatMap(({ times: of }) => [of[0] ?? 0, of.at(-1) ?? 0]);
  if (!last || times.length === 0) return undefined;
  return {
    job: place.job,
    node: place.node,
    instance: last.target.instance,
    scrapes: all.reduce((sum, one) => sum + one.times.length, 0),
    samples: all.reduce((sum, { samples }) => sum + samples, 0),
    bytes: bytesIn(place.folder),
    first: new Date(Math.min(...times)).toISOString(),
    last: new Date(Math.max(...times)).toISOString(),
    days: daysOf(place),
    doubtful: all.reduce((sum, one) => sum + (one.doubtful ? one.times.length : 0), 0),
  };
}

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(name => join(folder, name));

function bytesIn(folder: string): number {
  let bytes = 0;
  for (const path of filesIn(folder)) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile()) bytes += stat.size;
  }
  return bytes;
}

const asideIn = ({ folder }: TargetPlace): readonly string[] =>
  filesIn(folder).filter(path => path.endsWith('.damaged') && headPath(folder) !== path);

/** Drops whole days of a site; the newest scrapes, of which no block is made yet, always stay. */
export function dropDays(site: string, days: readonly string[]): void {
  for (const { folder } of targetsIn(site)) {
    const gone = daysIn(folder).filter(day => days.includes(day));
    for (const day of gone) rmSync(join(folder, day), { recursive: true, force: true });
    if (gone.length > 0) syncFolder(folder);
  }
}

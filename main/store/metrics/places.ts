import { readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { dayOf } from '../../core/metrics/days.ts';
import type { MetricsJob } from '../../../preload/contract/metrics.ts';

/**
 * Where a site's metrics lie: `<site>/<job>~<node id>/`, in it `head.log` with the newest scrapes, and for each UTC day a
 * folder `2026-11-23` with blocks `<time of the first scrape in ms>-<scrapes>.blk`.
 */
export interface TargetPlace {
  readonly folder: string;
  readonly job: MetricsJob;
  readonly node: string;
}

export const headPath = (folder: string): string => join(folder, 'head.log');
export const blockPath = (folder: string, first: number, scrapes: number): string =>
  join(folder, dayOf(first), `${first}-${scrapes}.blk`);

const targetName = /^([a-z0-9]+)~([A-Za-z0-9_-]+)$/;
const dayName = /^-?\d{4,6}-\d\d-\d\d$/;
const blockName = /^(-?\d+)-(\d+)\.blk$/;

const inside = (path: string): readonly string[] => {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
};

export const targetFolder = (site: string, job: MetricsJob, node: string): string =>
  join(site, `${job}~${node}`);

export const targetsIn = (site: string): readonly TargetPlace[] =>
  inside(site).flatMap(name => {
    const [, job, node] = targetName.exec(name) ?? [];
    return job === undefined || node === undefined
      ? []
      : [{ folder: join(site, name), job: job as MetricsJob, node }];
  });

/** The days a target has blocks of, in order. */
export const daysIn = (folder: string): readonly string[] =>
  inside(folder)
    .filter(name => dayName.test(name))
    .toSorted((a, b) => Date.parse(a) - Date.parse(b));

export interface BlockFile {
  readonly path: string;
  readonly first: number;
  readonly scrapes: number;
}

/** The blocks of a day by their first scrape. */
export const blocksOf = (folder: string, day: string): readonly BlockFile[] =>
  inside(join(folder, day))
    .flatMap(name => {
      const [, first, scrapes] = blockName.exec(name) ?? [];
      return first === undefined
        ? []
        : [{ path: join(folder, day, name), first: Number(first), scrapes: Number(scrapes) }];
    })
    .toSorted((a, b) => a.first - b.first);

/** Puts a damaged file out of the way; it is kept for whoever wants to look. */
export function setAside(path: string): string {
  const aside = `${path}.damaged`;
  renameSync(path, aside);
  return aside;
}

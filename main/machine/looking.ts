import type { SnapshotDiff } from '../../preload/contract/snapshots/look.ts';
import type { ArchivedImage } from '../core/image-archive.ts';
import type { SiteImages } from '../core/snapshot-look/used-images.ts';
import type { LookOptions, SnapshotLook, Work } from '../ports.ts';
import type { DiffJob } from './workers/diff.worker.ts';
import type { ImagesJob } from './workers/images.worker.ts';
import type { LookAsk, LookJob } from './workers/look.worker.ts';
import { runInWorker, workers } from './workers/start.ts';

/** So long a snapshot stays open after the last question; a stick that it lies on is in use until then. */
const keepOpenMs = 20_000;

/** What is made for a moment is cleared away early: half a million keys leave much of it. */
const tidy = { maxYoungGenerationSizeMb: 4 };

/** One worker for all looks: it remembers the snapshot it looked into last, and half a million keys only once. */
const lookers = workers(1, keepOpenMs, tidy);
const comparers = workers(1, 1000, tidy);

const ask = <R>(path: string, what: LookAsk, { signal, onProgress, ...options }: LookOptions): Promise<R> =>
  lookers.run<R>('look', { path, ask: what, ...options } satisfies LookJob, { signal, onProgress });

const look: SnapshotLook = {
  contents: (path, options) => ask(path, { is: 'contents' }, options),
  objects: (path, { offset, most, ...wanted }, options) =>
    ask(path, { is: 'objects', wanted, offset, most }, options),
  object: (path, { key, managedFields }, options) => ask(path, { is: 'object', key, managedFields }, options),
  images: (path, options) => ask<SiteImages>(path, { is: 'images' }, options),
};

/** The parts of `Work` that look into snapshots and archives of images, each in a worker. */
export const lookWork: Pick<Work, 'look' | 'snapshotDiff' | 'imagesIn'> = {
  look,
  snapshotDiff: (from, to, { signal, onProgress, ...options }) =>
    comparers.run<SnapshotDiff>('diff', { from, to, ...options } satisfies DiffJob, { signal, onProgress }),
  imagesIn: (path, signal) =>
    runInWorker<readonly ArchivedImage[]>('images', { path } satisfies ImagesJob, { signal }),
};

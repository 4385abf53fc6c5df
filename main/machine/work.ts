import type { Work } from '../ports.ts';
import type { Copied, CopyJob } from './workers/copy.worker.ts';
import type { HashJob, Hashed } from './workers/hash.worker.ts';
import { lookWork } from './looking.ts';
import { sealWork } from './sealing.ts';
import { runInWorker, workers } from './workers/start.ts';
import type { JobOptions } from './workers/start.ts';

/** Runs one job of a named worker. */
export type Run = <R>(name: string, job: unknown, options: JobOptions) => Promise<R>;

/** Adds up the progress of several jobs that run at the same time. */
function summed(
  onProgress: ((doneBytes: number) => void) | undefined,
): (job: number) => (doneBytes: number) => void {
  const done: number[] = [];
  return job => doneBytes => {
    done[job] = doneBytes;
    onProgress?.(done.reduce((sum, bytes) => sum + (bytes ?? 0), 0));
  };
}

const hashing =
  (run: Run): Work['hash'] =>
  async (paths, { signal, sha512 = false, onProgress }) => {
    const part = summed(onProgress);
    // One failing file stops the others: the caller gets one clear answer at once.
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const jobs = paths.map((path, i) =>
      run<Hashed>('hash', { path, sha512 } satisfies HashJob, { signal: either, onProgress: part(i) }),
    );
    try {
      return await Promise.all(jobs);
    } catch (thrown) {
      stop.abort();
      await Promise.allSettled(jobs);
      throw thrown;
    }
  };

const copying =
  (run: Run): Work['copy'] =>
  (from, to, { signal, onProgress, resume = false }) =>
    run<Copied>('copy', { from, to, resume } satisfies CopyJob, { signal, onProgress });

/** Heavy work in worker threads; `cores` bounds how many at once (by default the app's shared pool). */
export function fileWork(cores?: number): Pick<Work, 'hash' | 'copy'> {
  const own = cores === undefined ? undefined : workers(cores);
  const run: Run = own ? (name, job, options) => own.run(name, job, options) : runInWorker;
  return { hash: hashing(run), copy: copying(run) };
}

/** All heavy work of the app, in worker threads. */
export const work = (cores?: number): Work => ({ ...fileWork(cores), ...sealWork, ...lookWork });

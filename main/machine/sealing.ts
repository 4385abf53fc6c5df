import type { SnapshotStatus } from '../../preload/contract/domain.ts';
import type { MeasuredSnapshot } from '../core/snapshot-proof/measured.ts';
import type { MeasuredKine, Work } from '../ports.ts';
import { inMemoryHere, reachedHere } from './medium.ts';
import type { CarryJob, Carried } from './workers/carry.worker.ts';
import type { Filled, FillJob } from './workers/fill.worker.ts';
import type { KineJob } from './workers/kine.worker.ts';
import type { ProveJob } from './workers/prove.worker.ts';
import type { ReadBackJob, ReadPast } from './workers/readback.worker.ts';
import type { SealJob, Sealed } from './workers/seal.worker.ts';
import { runInWorker } from './workers/start.ts';
import type { JobOptions } from './workers/start.ts';
import type { StatusJob } from './workers/status.worker.ts';
import type { TrailerFound, TrailerJob } from './workers/trailer.worker.ts';
import type { Unpacked, UnpackJob } from './workers/unpack.worker.ts';
import type { Unsealed, UnsealJob } from './workers/unseal.worker.ts';

/** One file after the other, because several at once only make a stick seek; two where the files lie in memory. */
const readingBack: Work['readBack'] = async (paths, { signal, onProgress, sha512 = true }) => {
  const [first] = paths;
  if (first === undefined) return { files: [], reached: 'medium-not-proven' };
  const done = (await inMemoryHere(first)) && paths.length > 1 ? [0, 0] : [0];
  const job: ReadBackJob = {
    paths,
    next: new SharedArrayBuffer(4),
    digests: sha512 ? ['sha256', 'sha512'] : ['sha256'],
  };
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const lanes = await Promise.allSettled(
    done.map((_, lane) =>
      runInWorker<readonly ReadPast[]>('readback', job, {
        signal: either,
        onProgress: bytes => {
          done[lane] = bytes;
          onProgress?.(done.reduce((sum, each) => sum + each, 0));
        },
      }).catch((thrown: unknown) => {
        // The other one has nothing more to find; what it says of its stop is not the reason.
        if (stop.signal.aborted) return [];
        stop.abort();
        throw thrown;
      }),
    ),
  );
  const files: ReadPast[] = [];
  for (const lane of lanes) {
    if (lane.status === 'rejected') throw lane.reason;
    for (const file of lane.value) files[file.at] = file;
  }
  return {
    files,
    reached: await reachedHere(
      first,
      files.every(file => file.direct),
    ),
  };
};

const carryingAll = (job: CarryJob, options: JobOptions): Promise<readonly Carried[]> =>
  runInWorker<readonly Carried[]>('carry', job, options);

/** The parts of `Work` that weigh snapshots, seal and open files, and bring them to a stick, each in a worker. */
export const sealWork: Pick<
  Work,
  | 'trailer'
  | 'snapshotStatus'
  | 'measureSnapshot'
  | 'measureKine'
  | 'unpackSnapshot'
  | 'seal'
  | 'unseal'
  | 'carry'
  | 'carryAll'
  | 'fill'
  | 'readBack'
> = {
  trailer: (path, signal) => runInWorker<TrailerFound>('trailer', { path } satisfies TrailerJob, { signal }),
  snapshotStatus: (path, { scratch, rule, ...options }) =>
    runInWorker<SnapshotStatus>('status', { path, scratch, rule } satisfies StatusJob, options),
  measureSnapshot: (path, tokens, { given, scratch, ...options }) => {
    const texts = tokens.map(token => token.reveal());
    const job = { path, tokens: texts, given, scratch } satisfies ProveJob;
    return runInWorker<MeasuredSnapshot>('prove', job, options);
  },
  unpackSnapshot: (path, { to, scratch, signal }) =>
    runInWorker<Unpacked>('unpack', { path, to, scratch } satisfies UnpackJob, { signal }),
  measureKine: (path, tokens, { scratch, signal }) => {
    const job: KineJob = { path, scratch, tokens: tokens.map(token => token.reveal()) };
    return runInWorker<MeasuredKine>('kine', job, { signal });
  },
  seal: (from, to, recipients, { mostPartBytes, ...options }) =>
    runInWorker<Sealed>('seal', { from, to, recipients, mostPartBytes } satisfies SealJob, options),
  unseal: (from, to, identity, signal) =>
    runInWorker<Unsealed>('unseal', { from, to, identity: identity.reveal() } satisfies UnsealJob, {
      signal,
    }),
  carry: async (from, to, options) => {
    const [carried] = await carryingAll({ files: [{ from, to }], sha512: true }, options);
    if (!carried) throw new Error('one file was carried');
    return carried;
  },
  carryAll: (files, options) => carryingAll({ files }, options),
  fill: (path, bytes, key, options) =>
    runInWorker<Filled>('fill', { path, bytes, key } satisfies FillJob, options),
  readBack: readingBack,
};

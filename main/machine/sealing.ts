import type { SnapshotStatus } from '../../preload/contract/domain.ts';
import type { MeasuredSnapshot } from '../core/snapshot-proof/measured.ts';
import type { MeasuredKine, Work } from '../ports.ts';
import { reachedHere } from './medium.ts';
import type { CarryJob, Carried } from './workers/carry.worker.ts';
import type { KineJob } from './workers/kine.worker.ts';
import type { ProveJob } from './workers/prove.worker.ts';
import type { ReadBackJob, ReadPast } from './workers/readback.worker.ts';
import type { SealJob, Sealed } from './workers/seal.worker.ts';
import { runInWorker } from './workers/start.ts';
import type { StatusJob } from './workers/status.worker.ts';
import type { TrailerFound, TrailerJob } from './workers/trailer.worker.ts';
import type { Unpacked, UnpackJob } from './workers/unpack.worker.ts';
import type { Unsealed, UnsealJob } from './workers/unseal.worker.ts';

/** One file after the other: several at once only make a stick seek. */
const readingBack: Work['readBack'] = async (paths, { signal, onProgress }) => {
  const files: ReadPast[] = [];
  let before = 0;
  for (const path of paths) {
    const upTo = before;
    const file = await runInWorker<ReadPast>('readback', { path } satisfies ReadBackJob, {
      signal,
      onProgress: done => onProgress?.(upTo + done),
    });
    files.push(file);
    before += file.bytes;
  }
  const [first] = paths;
  const direct = files.every(file => file.direct);
  return { files, reached: first === undefined ? 'medium-not-proven' : await reachedHere(first, direct) };
};

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
  carry: (from, to, options) => runInWorker<Carried>('carry', { from, to } satisfies CarryJob, options),
  readBack: readingBack,
};

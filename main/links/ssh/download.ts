import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { cancelled } from '../../../preload/contract/failure.ts';
import type { Exit, Sink, TransferOptions, Transferred } from '../../ports.ts';
import { overBlockLanes } from './block-lanes.ts';
import type { Carrier } from './carrier.ts';
import { fileFailure } from '../files/file-failures.ts';
import { InOrder } from './in-order.ts';
import { hashOf, restOf } from '../files/scripts.ts';
import { teller } from '../files/teller.ts';
import { changed, wrongThere } from '../files/transfer-failures.ts';

const blockBytes = 1024 * 1024;

/** Fetches what `to` does not hold yet. A beginning that turns out to be of something else is thrown away, once. */
export async function download(
  carrier: Carrier,
  path: string,
  bytes: number,
  to: Sink,
  options: TransferOptions,
): Promise<Transferred> {
  const first = await attempt(carrier, path, bytes, to, to.held, options);
  if (first !== 'again') return first;
  const second = await attempt(carrier, path, bytes, to, 0, options);
  if (second !== 'again') return second;
  throw changed(carrier.name, path);
}

interface Job {
  readonly carrier: Carrier;
  readonly path: string;
  readonly bytes: number;
  readonly resumedAt: number;
  readonly to: Sink;
  readonly hash: Hash;
  readonly tell: (done: number) => void;
  readonly signal: AbortSignal;
  readonly as: 'login' | 'root';
}

async function attempt(
  carrier: Carrier,
  path: string,
  bytes: number,
  to: Sink,
  held: number,
  options: TransferOptions,
): Promise<Transferred | 'again'> {
  const resumedAt = held > bytes ? 0 : held;
  if (resumedAt !== to.held) await to.truncate(resumedAt);
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const { as = 'login' } = options;
  const hash = createHash('sha256');
  const tell = teller(path, bytes, carrier.clock, options.onProgress);
  const job: Job = { carrier, path, bytes, resumedAt, to, hash, tell, signal, as };
  // The node reads the file for its hash at the same time, so the disk gives it only once.
  const there = carrier.exec(hashOf(path), { signal, as });
  there.catch(() => undefined);
  try {
    await hashHeld(job);
    await fetched(job);
    return await compared(job, await there, hash.digest('hex'), options.sha256);
  } catch (thrown) {
    stop.abort();
    await there.catch(() => undefined);
    throw thrown;
  }
}

async function hashHeld({ to, resumedAt, hash, signal }: Job): Promise<void> {
  for (let at = 0; at < resumedAt; at += blockBytes) {
    if (signal.aborted) throw cancelled('The download');
    hash.update(await to.read(at, Math.min(blockBytes, resumedAt - at)));
  }
}

/** What came before a cut is kept too: the next try goes on behind it. */
async function fetched(job: Job): Promise<void> {
  const pieces = new InOrder(job.to, job.hash);
  try {
    await (job.carrier.isLongPath()
      ? overBlockLanes({ ...job, from: job.resumedAt }, pieces)
      : overExec(pieces, job));
  } finally {
    await pieces.end();
  }
}

async function compared(
  { carrier, path, bytes, to, resumedAt, tell }: Job,
  there: Exit,
  sha256: string,
  wanted: string | undefined,
): Promise<Transferred | 'again'> {
  if (there.code !== 0) throw fileFailure(carrier.name, path, there);
  const same = there.stdout.slice(0, 64) === sha256;
  if (same && (wanted ?? sha256) === sha256) {
    tell(bytes);
    return { bytes, sha256, resumedAt };
  }
  await to.truncate(0);
  if (!same && resumedAt > 0) return 'again';
  throw same ? wrongThere(carrier.name, path) : changed(carrier.name, path);
}

/** The file as a stream through the shell; the sink holds the node back when it is slow. */
async function overExec(pieces: InOrder, job: Job): Promise<void> {
  const { carrier, path, bytes, resumedAt, signal, as } = job;
  let done = resumedAt;
  const exit = await carrier.exec(restOf(path, resumedAt), {
    signal,
    as,
    keepBytes: 4096,
    onOutput: (stream, piece) => {
      if (stream === 'stderr') return undefined;
      // A file that grows meanwhile gives more than it said; the hash will tell that it changed.
      const own = piece.subarray(0, bytes - done);
      done += own.length;
      job.tell(Math.min(done, bytes - 1));
      return pieces.put(own);
    },
  });
  if (exit.code !== 0) throw fileFailure(carrier.name, path, exit);
  if (done !== bytes) throw changed(carrier.name, path);
}

import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { cancelled, FieldError } from '../../../preload/contract/failure.ts';
import type { Exit, Sink, TransferOptions, Transferred } from '../../ports.ts';
import { stoppable } from './carrier.ts';
import type { Carrier } from './carrier.ts';
import { fileFailure } from './file-failures.ts';
import { InOrder } from './in-order.ts';
import { chunkBytes, Lanes } from './lanes.ts';
import { hashOf, restOf } from './scripts.ts';
import { isSftpFailure } from './sftp.ts';
import type { SftpSession } from './sftp.ts';
import { teller } from './teller.ts';

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
  const sftp = await job.carrier.sftp(job.as, job.signal);
  try {
    await (sftp ? overSftp(sftp, pieces, job) : overExec(pieces, job));
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
  throw same ? notWhatItShouldBe(carrier.name, path) : changed(carrier.name, path);
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

async function overSftp(first: SftpSession, pieces: InOrder, job: Job): Promise<void> {
  const lanes = new Lanes();
  try {
    await lanes.open(first, () => job.carrier.spareSftp(job.signal), job.path, 'r', job.bytes);
    await drink(lanes, pieces, job);
    await lanes.closeFile();
  } catch (thrown) {
    if (!isSftpFailure(thrown)) throw thrown;
    throw fileFailure(job.carrier.name, job.path, { code: 1, stderr: thrown.message });
  } finally {
    await lanes.end();
  }
}

/** Keeps the lanes full of reads and passes the answers on in order. */
async function drink(lanes: Lanes, pieces: InOrder, job: Job): Promise<void> {
  const requests: Promise<Buffer>[] = [];
  let asked = job.resumedAt;
  let done = job.resumedAt;
  const ask = (): void => {
    while (requests.length < lanes.room && asked < job.bytes) {
      const request = lanes.read(asked, Math.min(chunkBytes, job.bytes - asked));
      // It may fail while an earlier one is being awaited; it is heard of in its turn.
      request.catch(() => undefined);
      requests.push(request);
      asked += chunkBytes;
    }
  };
  ask();
  for (let next = requests.shift(); next; next = requests.shift()) {
    ask();
    const bytes = await stoppable(next, job.signal, 'The download');
    if (bytes.length !== Math.min(chunkBytes, job.bytes - done)) throw changed(job.carrier.name, job.path);
    done += bytes.length;
    await pieces.put(bytes);
    job.tell(Math.min(done, job.bytes - 1));
  }
}

const notWhatItShouldBe = (about: string, path: string): FieldError =>
  new FieldError({
    code: 'damaged',
    says: `${path} on the node is not what its checksum says.`,
    about,
    untouched: 'The file on the node is as it was; the copy on the laptop was thrown away.',
    next: 'Make the file anew on the node, then fetch it again.',
  });

const changed = (about: string, path: string): FieldError =>
  new FieldError({
    code: 'damaged',
    says: `${path} changed on the node while it was fetched.`,
    about,
    untouched: 'The file on the node is as it was.',
    next: 'Wait until nothing writes to it any more, then fetch it again.',
  });

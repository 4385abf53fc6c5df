import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { cancelled, FieldError } from '../../../preload/contract/failure.ts';
import type { Exit, Sink, TransferOptions, Transferred } from '../../ports.ts';
import { fileFailure } from './file-failures.ts';
import { asPath, hashOf, rangeOf } from './scripts.ts';
import { chunkBytes, isSftpFailure, windowBytes } from './sftp.ts';
import type { SftpSession } from './sftp.ts';
import { teller } from './teller.ts';
import type { Carrier } from './upload.ts';

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

async function attempt(
  carrier: Carrier,
  path: string,
  bytes: number,
  to: Sink,
  held: number,
  options: TransferOptions,
): Promise<Transferred | 'again'> {
  const resumedAt = held > bytes ? 0 : held;
  if (resumedAt !== to.held || held !== to.held) await to.truncate(resumedAt);
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const { as = 'login' } = options;
  // The node reads the file for its hash at the same time, so the disk gives it only once.
  const there = carrier.exec(hashOf(path), { signal, as });
  there.catch(() => undefined);
  try {
    const hash = createHash('sha256');
    await hashHeld(to, resumedAt, hash, signal);
    const tell = teller(path, bytes, carrier.clock, options.onProgress);
    const job: Job = { path, bytes, resumedAt, to, hash, tell, signal };
    const sftp = await carrier.sftp(as, signal);
    if (sftp) await overSftp(sftp, carrier, job);
    else await overExec(carrier, job, as);
    return await compared(
      carrier,
      path,
      await there,
      hash.digest('hex'),
      to,
      resumedAt,
      options,
      tell,
      bytes,
    );
  } catch (thrown) {
    stop.abort();
    await there.catch(() => undefined);
    throw thrown;
  }
}

async function compared(
  carrier: Carrier,
  path: string,
  there: Exit,
  sha256: string,
  to: Sink,
  resumedAt: number,
  options: TransferOptions,
  tell: (done: number) => void,
  bytes: number,
): Promise<Transferred | 'again'> {
  if (there.code !== 0) throw fileFailure(carrier.name, path, there);
  const same = there.stdout.slice(0, 64) === sha256;
  if (same && (options.sha256 ?? sha256) === sha256) {
    tell(bytes);
    return { bytes, sha256, resumedAt };
  }
  await to.truncate(0);
  if (!same && resumedAt > 0) return 'again';
  throw same ? notWhatItShouldBe(carrier.name, path) : changed(carrier.name, path);
}

interface Job {
  readonly path: string;
  readonly bytes: number;
  readonly resumedAt: number;
  readonly to: Sink;
  readonly hash: Hash;
  readonly tell: (done: number) => void;
  readonly signal: AbortSignal;
}

async function hashHeld(to: Sink, end: number, hash: Hash, signal: AbortSignal): Promise<void> {
  for (let at = 0; at < end; at += blockBytes) {
    if (signal.aborted) throw cancelled('The download');
    hash.update(await to.read(at, Math.min(blockBytes, end - at)));
  }
}

/** The file through `tail` and `head`; the sink holds the node back when it is slow. */
async function overExec(carrier: Carrier, job: Job, as: 'login' | 'root'): Promise<void> {
  let done = job.resumedAt;
  const exit = await carrier.exec(rangeOf(job.path, job.resumedAt, job.bytes - job.resumedAt), {
    signal: job.signal,
    as,
    keepBytes: 4096,
    onOutput: async (stream, bytes) => {
      if (stream === 'stderr') return;
      await take(job, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), (done += bytes.length));
    },
  });
  if (exit.code !== 0 || exit.stderr !== '') throw fileFailure(carrier.name, job.path, exit);
  if (done !== job.bytes) throw changed(carrier.name, job.path);
}

async function take(job: Job, bytes: Buffer, done: number): Promise<void> {
  if (job.signal.aborted) throw cancelled('The download');
  job.hash.update(bytes);
  await job.to.append(bytes);
  job.tell(Math.min(done, job.bytes - 1));
}

async function overSftp(sftp: SftpSession, carrier: Carrier, job: Job): Promise<void> {
  try {
    const handle = await sftp.open(asPath(job.path), 'r');
    await drink(sftp, handle, job, carrier.name);
    await sftp.closeHandle(handle);
  } catch (thrown) {
    if (!isSftpFailure(thrown)) throw thrown;
    throw fileFailure(carrier.name, job.path, { code: 1, stderr: thrown.message });
  } finally {
    await sftp.end();
  }
}

/** Keeps one window of reads under way and appends them in order. */
async function drink(sftp: SftpSession, handle: Buffer, job: Job, about: string): Promise<void> {
  const requests: Promise<Buffer>[] = [];
  let asked = job.resumedAt;
  let done = job.resumedAt;
  const ask = (): void => {
    while (requests.length < windowBytes / chunkBytes && asked < job.bytes) {
      const request = fullRead(sftp, handle, asked, Math.min(chunkBytes, job.bytes - asked));
      // It may fail while an earlier one is being awaited; it is heard of in its turn.
      request.catch(() => undefined);
      requests.push(request);
      asked += chunkBytes;
    }
  };
  ask();
  for (let next = requests.shift(); next; next = requests.shift()) {
    ask();
    const bytes = await stoppable(next, job.signal);
    if (bytes.length === 0) throw changed(about, job.path);
    await take(job, bytes, (done += bytes.length));
  }
  if (done !== job.bytes) throw changed(about, job.path);
}

/** Asks again for what an answer left out: a server may give less than was asked. */
async function fullRead(sftp: SftpSession, handle: Buffer, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const bytes = await sftp.read(handle, buffer, filled, length - filled, offset + filled);
    if (bytes === 0) break;
    filled += bytes;
  }
  return buffer.subarray(0, filled);
}

function stoppable<T>(waiting: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(cancelled('The download'));
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    waiting.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
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
    untouched: 'The file on the node is as it was; the copy on the laptop was thrown away.',
    next: 'Wait until nothing writes to it any more, then fetch it again.',
  });

import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { cancelled } from '../../../preload/contract/failure.ts';
import type { Source, TransferOptions, Transferred } from '../../ports.ts';
import { checked, stoppable } from './carrier.ts';
import type { Carrier } from './carrier.ts';
import { fileFailure } from '../files/file-failures.ts';
import { chunkBytes, Lanes, mostUnderWay } from './lanes.ts';
import {
  appendTo,
  beginPart,
  chunkHashes,
  cutPart,
  differs,
  finishPart,
  partial,
  tryWriting,
} from '../files/scripts.ts';
import { isSftpFailure } from './sftp.ts';
import type { SftpSession } from './sftp.ts';
import { passed } from './sweep.ts';
import { teller } from '../files/teller.ts';
import { shrunk, spoiled, wrongHere } from '../files/transfer-failures.ts';

export type UploadOptions = TransferOptions & { readonly mode: number; readonly owner?: string };

/** How much is read of the laptop's file at once. */
const blockBytes = 1024 * 1024;

/** Tries twice when the node held a beginning that turned out to be of something else. */
export async function upload(
  carrier: Carrier,
  from: Source,
  path: string,
  options: UploadOptions,
): Promise<Transferred> {
  const first = await attempt(carrier, from, path, options);
  if (first !== 'again') return first;
  const second = await attempt(carrier, from, path, options);
  if (second !== 'again') return second;
  throw spoiled(carrier.name, path);
}

interface Job {
  readonly carrier: Carrier;
  readonly from: Source;
  readonly path: string;
  readonly part: string;
  readonly resumedAt: number;
  /** Undefined when the hash the content must have is known beforehand: then the node's own is compared with that. */
  readonly hash: Hash | undefined;
  readonly tell: (done: number) => void;
  readonly signal: AbortSignal;
  readonly as: 'login' | 'root';
}

async function attempt(
  carrier: Carrier,
  from: Source,
  path: string,
  options: UploadOptions,
): Promise<Transferred | 'again'> {
  const { signal, as = 'login' } = options;
  const part = partial(path, options.sha256 ?? String(from.bytes));
  const resumedAt = await begun(carrier, from, path, part, { signal, as });
  const hash = options.sha256 === undefined ? createHash('sha256') : undefined;
  if (hash) await hashBeginning(from, resumedAt, hash, signal);
  const tell = teller(path, from.bytes, carrier.clock, options.onProgress);
  const job: Job = { carrier, from, path, part, resumedAt, hash, tell, signal, as };
  const sftp = await carrier.sftp(as, signal);
  if (sftp) await overSftp(sftp, job);
  else await checked(carrier, path, appendTo(part), { signal, as, stdin: appended(job) });
  return finished(job, options, options.sha256 ?? hash?.digest('hex') ?? '');
}

interface Running {
  readonly signal: AbortSignal;
  readonly as: 'login' | 'root';
}

/** How much of the partial file on the node can be kept; what is behind that is cut off. */
async function begun(
  carrier: Carrier,
  from: Source,
  path: string,
  part: string,
  run: Running,
): Promise<number> {
  const begin = await checked(carrier, path, beginPart(path, part, from.bytes), run);
  const held = Number(begin.stdout);
  if (held === 0) return 0;
  const kept = await sound(carrier, from, path, part, held, run);
  if (kept < held) await checked(carrier, path, cutPart(part, kept / chunkBytes, chunkBytes), run);
  return kept;
}

/**
 * Up to where the end of a partial file is what it should be. Requests under way may land out of order, so within
 * that reach from its end there may be holes; what lies before is judged by the hash of the whole.
 */
async function sound(
  carrier: Carrier,
  from: Source,
  path: string,
  part: string,
  held: number,
  run: Running,
): Promise<number> {
  const first = Math.floor(Math.max(0, held - mostUnderWay) / chunkBytes);
  const count = Math.ceil(held / chunkBytes) - first;
  const there = await checked(carrier, path, chunkHashes(part, first, count, chunkBytes), run);
  const hashes = there.stdout.trim().split('\n');
  for (let i = 0; i < count; i++) {
    const start = (first + i) * chunkBytes;
    const here = await from.read(start, Math.min(chunkBytes, held - start));
    if (hashes[i]?.slice(0, 64) !== createHash('sha256').update(here).digest('hex')) return start;
  }
  return held;
}

async function finished(job: Job, options: UploadOptions, sha256: string): Promise<Transferred | 'again'> {
  const { carrier, from, path, part, resumedAt, signal, as } = job;
  const exit = await carrier.exec(finishPart(path, part, sha256, options.mode, options.owner ?? ''), {
    signal,
    as,
  });
  if (exit.code === differs) {
    if (!(await isWhatItShouldBe(from, sha256, signal))) throw wrongHere(carrier.name, path);
    if (resumedAt > 0) return 'again';
    throw spoiled(carrier.name, path);
  }
  if (exit.code !== 0) throw fileFailure(carrier.name, path, exit);
  job.tell(from.bytes);
  return { bytes: from.bytes, sha256, resumedAt };
}

/** Looked at only when the node found another hash: was the file on the laptop wrong already? */
async function isWhatItShouldBe(from: Source, sha256: string, signal: AbortSignal): Promise<boolean> {
  const hash = createHash('sha256');
  await hashBeginning(from, from.bytes, hash, signal);
  return hash.digest('hex') === sha256;
}

async function hashBeginning(from: Source, end: number, hash: Hash, signal: AbortSignal): Promise<void> {
  for (let at = 0; at < end; at += blockBytes) {
    if (signal.aborted) throw cancelled('The upload');
    hash.update(await from.read(at, Math.min(blockBytes, end - at)));
  }
}

/** The rest of the file in blocks, hashed; the next block is read while this one is sent. */
async function* blocks({
  from,
  resumedAt,
  hash,
  signal,
}: Job): AsyncGenerator<{ at: number; bytes: Buffer }> {
  const read = (at: number): Promise<Uint8Array> => from.read(at, Math.min(blockBytes, from.bytes - at));
  let next = resumedAt < from.bytes ? read(resumedAt) : undefined;
  for (let at = resumedAt; next;) {
    const bytes = await next;
    if (signal.aborted) throw cancelled('The upload');
    if (bytes.length === 0) throw shrunk();
    const end = at + bytes.length;
    next = end < from.bytes ? read(end) : undefined;
    // Whoever stops listening midway shall not leave a failing read behind.
    next?.catch(() => undefined);
    hash?.update(bytes);
    passed(bytes.length);
    yield { at, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) };
    at = end;
  }
}

async function* appended(job: Job): AsyncGenerator<Uint8Array> {
  const step = job.carrier.pieceBytes ?? chunkBytes;
  for await (const { at, bytes } of blocks(job)) {
    for (let start = 0; start < bytes.length; start += step) {
      yield bytes.subarray(start, start + step);
      job.tell(Math.min(at + start + step, job.from.bytes - 1));
    }
  }
}

async function overSftp(first: SftpSession, job: Job): Promise<void> {
  const lanes = new Lanes();
  try {
    await lanes.open(first, () => job.carrier.spareSftp(job.signal), job.part, job.from.bytes);
    await pour(lanes, job);
    await lanes.closeFile();
  } catch (thrown) {
    await lanes.end();
    throw await reasonOf(thrown, job);
  }
  await lanes.end();
}

/** SFTP says only "Failure" when a disk is full, so the shell is asked to try. */
async function reasonOf(thrown: unknown, { carrier, path, part, signal }: Job): Promise<unknown> {
  if (!isSftpFailure(thrown)) return thrown;
  const tried = await carrier.exec(tryWriting(part), { signal });
  return fileFailure(carrier.name, path, tried.code === 0 ? { code: 1, stderr: thrown.message } : tried);
}

/** Keeps the lanes full. The oldest write is waited for first, so that no hole is further back than what is under way. */
async function pour(lanes: Lanes, job: Job): Promise<void> {
  const underWay: Promise<number>[] = [];
  const oldest = async (): Promise<void> => {
    const done = await stoppable(underWay.shift() ?? Promise.resolve(0), job.signal, 'The upload');
    job.tell(Math.min(done, job.from.bytes - 1));
  };
  for await (const { at, bytes } of blocks(job)) {
    for (let start = 0; start < bytes.length; start += chunkBytes) {
      const length = Math.min(chunkBytes, bytes.length - start);
      if (underWay.length >= lanes.room) await oldest();
      const written = writeChunk(lanes, bytes, start, length, at + start);
      // It may fail while an older one is waited for; it is heard of in its turn.
      written.catch(() => undefined);
      underWay.push(written);
    }
  }
  while (underWay.length > 0) await oldest();
}

/** Writes one chunk and gives where it ends. */
async function writeChunk(
  lanes: Lanes,
  bytes: Buffer,
  at: number,
  length: number,
  offset: number,
): Promise<number> {
  await lanes.write(bytes, at, length, offset);
  return offset + length;
}

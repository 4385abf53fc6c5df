import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { cancelled, FieldError } from '../../../preload/contract/failure.ts';
import type { Clock, ExecOptions, Exit, Source, TransferOptions, Transferred } from '../../ports.ts';
import type { Sh } from '../../core/sh.ts';
import { fileFailure } from './file-failures.ts';
import { appendTo, asPath, beginPart, differs, finishPart, partial, tryWriting } from './scripts.ts';
import { chunkBytes, isSftpFailure, windowBytes } from './sftp.ts';
import type { SftpSession } from './sftp.ts';
import { teller } from './teller.ts';

/** What a transfer needs of a link. */
export interface Carrier {
  readonly name: string;
  readonly clock: Clock;
  exec(command: Sh, options: ExecOptions): Promise<Exit>;
  /** Undefined when the server has no SFTP, or when root is needed. */
  sftp(as: 'login' | 'root', signal: AbortSignal): Promise<SftpSession | undefined>;
}

export type UploadOptions = TransferOptions & { readonly mode: number; readonly owner?: string };

/** How much is read of the laptop's file at once. */
const blockBytes = 1024 * 1024;

/** One try; `again` when the node held a beginning that turned out to be of something else. */
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

async function attempt(
  carrier: Carrier,
  from: Source,
  path: string,
  options: UploadOptions,
): Promise<Transferred | 'again'> {
  const { signal, as = 'login' } = options;
  const run = { signal, as };
  const part = partial(path, options.sha256 ?? String(from.bytes));
  const held = Number((await checked(carrier, path, beginPart(path, part, from.bytes), run)).stdout);
  const sftp = await carrier.sftp(as, signal);
  // Requests may land out of order, so the last window of what is there may have holes.
  const resumedAt = sftp ? Math.max(0, held - windowBytes) : held;
  const hash = createHash('sha256');
  await hashBeginning(from, resumedAt, hash, signal);
  const tell = teller(path, from.bytes, carrier.clock, options.onProgress);
  const job: Job = { from, resumedAt, hash, tell, signal };
  if (sftp) await overSftp(sftp, carrier, part, path, job);
  else await checked(carrier, path, appendTo(part), { ...run, stdin: appended(job) });
  const sha256 = hash.digest('hex');
  if (options.sha256 !== undefined && options.sha256 !== sha256) throw notWhatItShouldBe(carrier.name, path);
  const finish = finishPart(path, part, sha256, options.mode, options.owner ?? '');
  const finished = await carrier.exec(finish, run);
  if (finished.code === differs) return resumedAt > 0 ? 'again' : Promise.reject(spoiled(carrier.name, path));
  if (finished.code !== 0) throw fileFailure(carrier.name, path, finished);
  tell(from.bytes);
  return { bytes: from.bytes, sha256, resumedAt };
}

async function checked(carrier: Carrier, path: string, command: Sh, options: ExecOptions): Promise<Exit> {
  const exit = await carrier.exec(command, options);
  if (exit.code !== 0) throw fileFailure(carrier.name, path, exit);
  return exit;
}

interface Job {
  readonly from: Source;
  readonly resumedAt: number;
  readonly hash: Hash;
  readonly tell: (done: number) => void;
  readonly signal: AbortSignal;
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
    hash.update(bytes);
    yield { at, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) };
    at = end;
  }
}

async function* appended(job: Job): AsyncGenerator<Uint8Array> {
  for await (const { at, bytes } of blocks(job)) {
    for (let start = 0; start < bytes.length; start += chunkBytes) {
      yield bytes.subarray(start, start + chunkBytes);
      job.tell(Math.min(at + start + chunkBytes, job.from.bytes - 1));
    }
  }
}

async function overSftp(
  sftp: SftpSession,
  carrier: Carrier,
  part: string,
  path: string,
  job: Job,
): Promise<void> {
  try {
    const handle = await sftp.open(asPath(part), 'r+');
    await pour(sftp, handle, job);
    await sftp.closeHandle(handle);
  } catch (thrown) {
    await sftp.end();
    throw await reasonOf(thrown, carrier, part, path, job.signal);
  }
  await sftp.end();
}

/** SFTP says only "Failure" when a disk is full, so the shell is asked to try. */
async function reasonOf(
  thrown: unknown,
  carrier: Carrier,
  part: string,
  path: string,
  signal: AbortSignal,
): Promise<unknown> {
  if (!isSftpFailure(thrown)) return thrown;
  const tried = await carrier.exec(tryWriting(part), { signal });
  return fileFailure(carrier.name, path, tried.code === 0 ? { code: 1, stderr: thrown.message } : tried);
}

/** Keeps one window of writes under way until all of it is acknowledged. */
async function pour(sftp: SftpSession, handle: Buffer, job: Job): Promise<void> {
  const flight = new Flight(job.signal);
  let acknowledged = job.resumedAt;
  for await (const { at, bytes } of blocks(job)) {
    for (let start = 0; start < bytes.length; start += chunkBytes) {
      const length = Math.min(chunkBytes, bytes.length - start);
      await flight.room(windowBytes / chunkBytes);
      flight.add(sftp.write(handle, bytes, start, length, at + start), () =>
        job.tell(Math.min((acknowledged += length), job.from.bytes - 1)),
      );
    }
  }
  await flight.landed();
}

/** Requests under way: room for more, and the first failure of any of them. */
class Flight {
  readonly #signal: AbortSignal;
  #count = 0;
  #failure: { readonly thrown: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(request: Promise<void>, landed: () => void): void {
    this.#count++;
    void this.#land(request, landed);
  }

  async #land(request: Promise<void>, landed: () => void): Promise<void> {
    try {
      await request;
      landed();
    } catch (thrown) {
      this.#failure ??= { thrown };
    }
    this.#count--;
    this.#wake?.();
  }

  async room(most: number): Promise<void> {
    while (this.#count >= most && !this.#failure) await this.#change();
    if (this.#failure) throw this.#failure.thrown;
  }

  landed(): Promise<void> {
    return this.room(1);
  }

  async #change(): Promise<void> {
    const stop = (): void => {
      this.#failure ??= { thrown: cancelled('The upload') };
      this.#wake?.();
    };
    if (this.#signal.aborted) return stop();
    this.#signal.addEventListener('abort', stop, { once: true });
    await new Promise<void>(resolve => (this.#wake = resolve));
    this.#signal.removeEventListener('abort', stop);
  }
}

const shrunk = (): FieldError =>
  new FieldError({
    code: 'gone-away',
    says: 'The file on the laptop became shorter while it was sent.',
    untouched: 'Nothing under the final name was changed on the node.',
    next: 'Check whether the stick is still plugged in, then try again.',
  });

const notWhatItShouldBe = (about: string, path: string): FieldError =>
  new FieldError({
    code: 'damaged',
    says: `The laptop’s file for ${path} is not what its checksum says.`,
    about,
    untouched: 'Nothing under the final name was changed on the node.',
    next: 'Verify the bundle again; import it anew if it is damaged.',
  });

const spoiled = (about: string, path: string): FieldError =>
  new FieldError({
    code: 'damaged',
    says: `${path} did not arrive as it was sent: its SHA-256 on the node is another one.`,
    about,
    untouched: 'Nothing under the final name was changed; the damaged copy was removed.',
    next: 'Try again. If it happens twice, suspect the node’s memory or disk.',
  });

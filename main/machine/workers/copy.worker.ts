import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { serve } from './serve.ts';
import type { Desk } from './serve.ts';
import { chunkBytes, chunksOf, openOrdinary, wordedSync } from './source.ts';

export interface CopyJob {
  readonly from: string;
  readonly to: string;
  /** Continue at the end of what `to` already holds. */
  readonly resume: boolean;
}
export interface Copied {
  readonly bytes: number;
  readonly sha256: string;
  readonly resumedAt: number;
}

const buffer = Buffer.allocUnsafeSlow(1024 * 1024);

function openTarget({ to, resume }: CopyJob): number {
  const flags =
    constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | (resume ? 0 : constants.O_EXCL);
  return wordedSync(to, 'write', () => openSync(to, flags, 0o600));
}

/** Feeds what the target already holds into the hash, so the hash at the end is over what lies there, not what was meant. */
function hashHeld(target: number, job: CopyJob, hash: Hash, desk: Desk): number {
  let held = 0;
  for (const chunk of chunksOf(target, job.to, buffer.subarray(0, chunkBytes))) {
    desk.goOn();
    hash.update(chunk);
    held += chunk.length;
    desk.done(held);
  }
  return held;
}

function writeAll(target: number, path: string, chunk: Uint8Array): void {
  wordedSync(path, 'write', () => {
    for (let done = 0; done < chunk.length;) done += writeSync(target, chunk, done);
  });
}

/** Copies, hashing on the way, and fsyncs. What came so far stays when it stops, for the next time. */
function copy(job: CopyJob, desk: Desk): Copied {
  const source = openOrdinary(job.from);
  let target: number | undefined;
  try {
    target = openTarget(job);
    const hash = createHash('sha256');
    const resumedAt = job.resume && fstatSync(target).size > 0 ? hashHeld(target, job, hash, desk) : 0;
    let at = resumedAt;
    for (;;) {
      desk.goOn();
      const got = wordedSync(job.from, 'read', () => readSync(source.fd, buffer, 0, buffer.length, at));
      if (got === 0) break;
      const chunk = buffer.subarray(0, got);
      hash.update(chunk);
      writeAll(target, job.to, chunk);
      at += got;
      desk.done(at);
    }
    const written = target;
    wordedSync(job.to, 'write', () => fsyncSync(written));
    return { bytes: at, sha256: hash.digest('hex'), resumedAt };
  } finally {
    closeSync(source.fd);
    if (target !== undefined) closeSync(target);
  }
}

serve(copy);

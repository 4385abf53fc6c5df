import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
} from 'node:fs';
import { serve } from './serve.ts';
import type { Desk } from './serve.ts';
import { openOrdinary, wordedSync } from './source.ts';
import { writeAll } from './target.ts';

export interface CarryJob {
  readonly from: string;
  readonly to: string;
}
export interface Carried {
  readonly bytes: number;
  readonly sha256: string;
  readonly sha512: string;
  /** Bytes that already lay there and were equal; only what follows was written. */
  readonly resumedAt: number;
}

const step = 1024 * 1024;
/** Never more than this waits in the laptop's memory: a stick pulled at any byte loses less than 8 MB. */
const flushEvery = 4 * step;
const [ours, theirs] = [Buffer.allocUnsafeSlow(step), Buffer.allocUnsafeSlow(step)];

/** Fills as much of the buffer as the file gives at this place. */
function fill(fd: number, path: string, buffer: Buffer, at: number): Buffer {
  let got = 0;
  for (;;) {
    const more = wordedSync(path, 'read', () => readSync(fd, buffer, got, buffer.length - got, at + got));
    got += more;
    if (more === 0 || got === buffer.length) return buffer.subarray(0, got);
  }
}

/**
 * Brings a file to a stick. What an earlier, broken try left there is compared with the source and kept as far as it is
 * equal: a pulled stick may hold zeros or old clusters where the end of the file was. fsyncs before it answers.
 */
function carry({ from, to }: CarryJob, desk: Desk): Carried {
  const source = openOrdinary(from);
  let fd: number | undefined;
  try {
    const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
    const there = wordedSync(to, 'write', () => openSync(to, flags, 0o600));
    fd = there;
    const held = fstatSync(there).size;
    const hashes = [createHash('sha256'), createHash('sha512')];
    let [at, comparing, resumedAt, flushedAt] = [0, held > 0, 0, 0];
    for (;;) {
      desk.goOn();
      const chunk = fill(source.fd, from, ours, at);
      if (chunk.length === 0) break;
      for (const hash of hashes) hash.update(chunk);
      if (comparing && chunk.equals(fill(there, to, theirs.subarray(0, chunk.length), at))) {
        resumedAt = at + chunk.length;
      } else {
        if (comparing) wordedSync(to, 'write', () => ftruncateSync(there, at));
        comparing = false;
        writeAll(there, to, chunk, at);
      }
      at += chunk.length;
      if (!comparing && at - flushedAt >= flushEvery) {
        wordedSync(to, 'write', () => fdatasyncSync(there));
        flushedAt = at;
      }
      if (comparing) flushedAt = at;
      desk.done(at);
    }
    if (held > at) wordedSync(to, 'write', () => ftruncateSync(there, at));
    wordedSync(to, 'write', () => fsyncSync(there));
    const [sha256 = '', sha512 = ''] = hashes.map(hash => hash.digest('hex'));
    return { bytes: at, sha256, sha512, resumedAt };
  } finally {
    closeSync(source.fd);
    if (fd !== undefined) closeSync(fd);
  }
}

serve(carry);

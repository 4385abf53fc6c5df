import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  fsync,
  ftruncateSync,
  openSync,
  readSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { diskTrouble } from '../trouble.ts';
import { serve } from './serve.ts';
import type { Desk } from './serve.ts';
import { openOrdinary, wordedSync } from './source.ts';
import { writeAll } from './target.ts';

export interface CarryJob {
  readonly files: readonly { readonly from: string; readonly to: string }[];
  /** Left out, only SHA-256 is made: what is read back and compared later needs no second one here. */
  readonly sha512?: boolean;
}
export interface Carried {
  readonly bytes: number;
  readonly sha256: string;
  /** Empty unless it was asked for. */
  readonly sha512: string;
  /** Bytes that already lay there and were equal; only what follows was written. */
  readonly resumedAt: number;
}

const step = 1024 * 1024;
/** So much is on its way to the stick while as much again is prepared: pulled at any byte, it loses less than 8 MB. */
const flushEvery = 3 * step;
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

const flushed = { data: promisify(fdatasync), all: promisify(fsync) };

/** An open file of the stick, with at most one flush of it under way while more is prepared. */
interface Place {
  readonly fd: number;
  /** Waits for the flush before, then begins another. */
  flush(how: keyof typeof flushed): Promise<void>;
  /** Throws what the last flush met. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

function open(path: string): Place {
  const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
  const fd = wordedSync(path, 'write', () => openSync(path, flags, 0o600));
  let flushing: Promise<unknown> = Promise.resolve();
  const settled = async (): Promise<void> => {
    const trouble = await flushing;
    if (trouble !== undefined) throw diskTrouble(trouble, path, 'write');
  };
  return {
    fd,
    settled,
    async flush(how) {
      await settled();
      flushing = flushed[how](fd).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    },
    async close() {
      await flushing;
      closeSync(fd);
    },
  };
}

/**
 * Brings a file to a stick. What an earlier, broken try left there is compared with the source and kept as far as it is
 * equal: a pulled stick may hold zeros or old clusters where the end of the file was. The last flush is only begun.
 */
async function carry(
  { from, to, there }: { readonly from: string; readonly to: string; readonly there: Place },
  digests: readonly string[],
  done: (bytes: number) => void,
): Promise<Carried> {
  const source = openOrdinary(from);
  try {
    const held = fstatSync(there.fd).size;
    const hashes = digests.map(digest => createHash(digest));
    let [at, comparing, resumedAt, flushedAt] = [0, held > 0, 0, 0];
    for (;;) {
      const chunk = fill(source.fd, from, ours, at);
      if (chunk.length === 0) break;
      for (const hash of hashes) hash.update(chunk);
      if (comparing && chunk.equals(fill(there.fd, to, theirs.subarray(0, chunk.length), at))) {
        resumedAt = flushedAt = at + chunk.length;
      } else {
        if (comparing) wordedSync(to, 'write', () => ftruncateSync(there.fd, at));
        comparing = false;
        writeAll(there.fd, to, chunk, at);
      }
      at += chunk.length;
      if (at - flushedAt >= flushEvery) {
        await there.flush('data');
        flushedAt = at;
      }
      done(at);
    }
    if (held > at) wordedSync(to, 'write', () => ftruncateSync(there.fd, at));
    await there.flush('all');
    const [sha256 = '', sha512 = ''] = hashes.map(hash => hash.digest('hex'));
    return { bytes: at, sha256, sha512, resumedAt };
  } finally {
    closeSync(source.fd);
  }
}

/** Several small files cost the stick one flush together: each is on the medium before any is answered for. */
async function carryAll({ files, sha512 = false }: CarryJob, desk: Desk): Promise<readonly Carried[]> {
  const digests = sha512 ? ['sha256', 'sha512'] : ['sha256'];
  const places: Place[] = [];
  const carried: Carried[] = [];
  let before = 0;
  try {
    for (const { from, to } of files) {
      desk.goOn();
      const there = open(to);
      places.push(there);
      const file = await carry({ from, to, there }, digests, bytes => {
        desk.goOn();
        desk.done(before + bytes);
      });
      before += file.bytes;
      carried.push(file);
    }
    for (const there of places) await there.settled();
    return carried;
  } finally {
    for (const there of places) await there.close();
  }
}

serve(carryAll);

import { createCipheriv, createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { diskTrouble, errnoOf } from '../trouble.ts';
import { serve } from './serve.ts';
import type { Desk } from './serve.ts';

/** Fills a new file with noise that no other file has. */
export interface FillJob {
  readonly path: string;
  readonly bytes: number;
  /** 32 bytes; with another key comes other noise. */
  readonly key: Uint8Array;
}
export interface Filled {
  /** Fewer than asked when the file system was full. */
  readonly bytes: number;
  readonly sha256: string;
}

const chunk = Buffer.alloc(4 * 2 ** 20);

/** AES-256 in counter mode: a gigabyte a second, and no controller of a stick can make it small. */
function fill({ path, bytes, key }: FillJob, desk: Desk): Filled {
  const noise = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  const hash = createHash('sha256');
  let file: number | undefined;
  let written = 0;
  try {
    file = openSync(path, 'wx', 0o600);
    while (written < bytes) {
      desk.goOn();
      const piece = noise.update(chunk.subarray(0, Math.min(chunk.length, bytes - written)));
      let at = 0;
      try {
        while (at < piece.length) at += writeSync(file, piece, at);
      } catch (thrown) {
        if (errnoOf(thrown) !== 'ENOSPC') throw thrown;
      }
      hash.update(piece.subarray(0, at));
      written += at;
      desk.done(written);
      if (at < piece.length) break;
    }
    fsyncSync(file);
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown) throw diskTrouble(thrown, path, 'write');
    throw thrown;
  } finally {
    if (file !== undefined) closeSync(file);
  }
  return { bytes: written, sha256: hash.digest('hex') };
}

serve<FillJob, Filled>(fill);

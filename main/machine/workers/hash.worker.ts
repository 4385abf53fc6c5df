import { createHash } from 'node:crypto';
import { closeSync } from 'node:fs';
import { serve } from './serve.ts';
import type { Desk } from './serve.ts';
import { chunkBytes, chunksOf, openOrdinary } from './source.ts';

export interface HashJob {
  readonly path: string;
  readonly sha512: boolean;
}
export interface Hashed {
  readonly bytes: number;
  readonly sha256: string;
  readonly sha512?: string;
}

const buffer = Buffer.allocUnsafeSlow(chunkBytes);

/** Hashes one file from beginning to end. `bytes` is what was read, not what a listing said. */
function hash({ path, sha512 }: HashJob, desk: Desk): Hashed {
  const { fd } = openOrdinary(path);
  const hashes = [createHash('sha256'), ...(sha512 ? [createHash('sha512')] : [])];
  let bytes = 0;
  try {
    for (const chunk of chunksOf(fd, path, buffer)) {
      desk.goOn();
      for (const each of hashes) each.update(chunk);
      bytes += chunk.length;
      desk.done(bytes);
    }
  } finally {
    closeSync(fd);
  }
  const [sha256 = '', long] = hashes.map(each => each.digest('hex'));
  return { bytes, sha256, ...(long === undefined ? {} : { sha512: long }) };
}

serve(hash);

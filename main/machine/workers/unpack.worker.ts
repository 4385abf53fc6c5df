import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { serve } from './serve.ts';
import type { Desk } from './serve.ts';
import { openSnapshot } from './snapshot-file.ts';
import type { OpenSnapshot } from './snapshot-file.ts';
import { chunkBytes, wordedSync } from './source.ts';

export interface UnpackJob {
  readonly path: string;
  /** Where the plain snapshot goes; without it, it is only measured. */
  readonly to?: string | undefined;
  /** Folder for what is unpacked on the way. */
  readonly scratch: string;
}
export interface Unpacked {
  readonly bytes: number;
  readonly sha256: string;
}

function measured({ image }: OpenSnapshot, take: (piece: Uint8Array) => void, desk: Desk): Unpacked {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafeSlow(chunkBytes);
  for (let at = 0; at < image.size; at += buffer.length) {
    desk.goOn();
    const piece = buffer.subarray(0, Math.min(buffer.length, image.size - at));
    image.readInto(piece, at);
    hash.update(piece);
    take(piece);
  }
  return { bytes: image.size, sha256: hash.digest('hex') };
}

/** The file has its name only when it is whole and on the disk. */
function written(snapshot: OpenSnapshot, to: string, desk: Desk): Unpacked {
  const part = `${to}.partial`;
  rmSync(part, { force: true });
  const fd = wordedSync(part, 'write', () => openSync(part, 'wx', 0o600));
  try {
    const all = measured(snapshot, piece => void wordedSync(to, 'write', () => writeSync(fd, piece)), desk);
    wordedSync(to, 'write', () => fsyncSync(fd));
    return all;
  } finally {
    closeSync(fd);
  }
}

serve<UnpackJob, Unpacked>(async ({ path, to, scratch }, desk) => {
  const snapshot = await openSnapshot(path, scratch, desk);
  try {
    if (to === undefined) return measured(snapshot, () => undefined, desk);
    const all = written(snapshot, to, desk);
    snapshot.assertUnchanged();
    wordedSync(to, 'write', () => renameSync(`${to}.partial`, to));
    return all;
  } finally {
    snapshot.close();
  }
});

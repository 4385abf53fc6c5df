import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { FieldError } from '../../../preload/contract/failure.ts';
import { diskTrouble } from '../trouble.ts';

/** Fits the second-level cache: read and hash then touch each byte while it is still there. Measured best of 64 Ki–4 Mi. */
export const chunkBytes = 256 * 1024;

/** Runs `work` and words what the file system refuses. */
export function wordedSync<T>(path: string, doing: 'read' | 'write', work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw diskTrouble(thrown, path, doing);
  }
}

/**
 * Opens an ordinary file for reading. A link as the last part of the path, a FIFO, a device are refused: following
 * them could read something else, or wait for ever.
 */
export function openOrdinary(path: string): { readonly fd: number; readonly bytes: number } {
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const fd = wordedSync(path, 'read', () => openSync(path, flags));
  const stats = fstatSync(fd);
  if (stats.isFile()) return { fd, bytes: stats.size };
  closeSync(fd);
  throw new FieldError({
    code: 'could-not',
    says: 'This is not an ordinary file, so it was not read.',
    about: path,
    untouched: 'Nothing was changed.',
    next: 'Put the file itself in this place.',
  });
}

/** Reads from the file's position to its end, chunk after chunk. A chunk is only good until the next one. */
export function* chunksOf(fd: number, path: string, buffer: Buffer): Generator<Buffer> {
  for (;;) {
    const got = wordedSync(path, 'read', () => readSync(fd, buffer, 0, buffer.length, null));
    if (got === 0) return;
    yield got === buffer.length ? buffer : buffer.subarray(0, got);
  }
}

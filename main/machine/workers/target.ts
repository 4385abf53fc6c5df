import { randomBytes } from 'node:crypto';
import { closeSync, constants, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '../trouble.ts';
import { wordedSync } from './source.ts';

/** A file that is written under another name and gets its own only when it is whole and on the disk. */
export interface Target {
  write(bytes: Uint8Array): void;
  /** fsync, rename (to another name when one is given), fsync of the folder. */
  finish(as?: string): void;
  /** Closes and, unless finished, removes what was written. */
  close(): void;
}

/** Writes all of a chunk at a place of the file; the system may take less at once than it was given. */
export function writeAll(fd: number, path: string, bytes: Uint8Array, at: number): void {
  wordedSync(path, 'write', () => {
    for (let done = 0; done < bytes.length;)
      done += writeSync(fd, bytes, done, bytes.length - done, at + done);
  });
}

/** Some sticks and Windows know no fsync of a folder; there the rename alone has to do. */
export function syncFolderOf(path: string): void {
  if (process.platform === 'win32') return;
  wordedSync(path, 'write', () => {
    const folder = openSync(dirname(path), constants.O_RDONLY);
    try {
      fsyncSync(folder);
    } catch (thrown) {
      if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes(errnoOf(thrown) ?? '')) throw thrown;
    } finally {
      closeSync(folder);
    }
  });
}

/** Opens a target; new files are 0600. An earlier file of the final name is replaced at the end. */
export function target(path: string): Target {
  const making = `${path}.making-${randomBytes(4).toString('hex')}`;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
  const fd = wordedSync(path, 'write', () => openSync(making, flags, 0o600));
  let state: 'open' | 'finished' = 'open';
  let at = 0;
  return {
    write: bytes => {
      writeAll(fd, path, bytes, at);
      at += bytes.length;
    },
    finish: (as = path) => {
      wordedSync(path, 'write', () => {
        fsyncSync(fd);
        renameSync(making, as);
      });
      state = 'finished';
      syncFolderOf(as);
    },
    close: () => {
      closeSync(fd);
      if (state === 'open') rmSync(making, { force: true });
    },
  };
}

import { closeSync, mkdirSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { Scratch } from '../../core/etcd-snapshot/runs.ts';
import { wordedSync } from './source.ts';

export interface ScratchFile extends Scratch {
  close(): void;
}

/**
 * A file for what does not fit into memory. Its name is taken away at once, so that nothing stays behind when the app is
 * killed; where an open file cannot lose its name (Windows) it does so at the close.
 */
export function scratchFile(folder: string): ScratchFile {
  const path = join(folder, `scratch-${randomUUID()}`);
  const fd = wordedSync(path, 'write', () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return openSync(path, 'wx+', 0o600);
  });
  const isNameless = unlinked(path);
  let size = 0;
  return {
    get size() {
      return size;
    },
    append: bytes => {
      for (let at = 0; at < bytes.length;)
        at += wordedSync(folder, 'write', () => writeSync(fd, bytes, at, bytes.length - at, size + at));
      size += bytes.length;
    },
    readInto: (into, offset) => {
      for (let at = 0; at < into.length;) {
        const got = wordedSync(folder, 'read', () => readSync(fd, into, at, into.length - at, offset + at));
        if (got === 0) throw new Error('a scratch file was read behind its end');
        at += got;
      }
    },
    close: () => {
      closeSync(fd);
      if (!isNameless) unlinked(path);
    },
  };
}

function unlinked(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch {
    return false;
  }
}

import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Makes names created, renamed or removed in a folder survive a power cut. Windows has no such call, and some file
 * systems refuse it; there the rename alone has to do.
 */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes(code)) throw thrown;
  } finally {
    closeSync(folder);
  }
}

/** Renames on one file system; both folders know it durably when this returns. */
export function renameDurably(from: string, to: string): void {
  renameSync(from, to);
  syncFolder(dirname(to));
  if (dirname(from) !== dirname(to)) syncFolder(dirname(from));
}

/**
 * Writes a small file whole or not at all: a temporary name beside it, fsync, rename, fsync of the folder.
 * What stood there before stays until the new content is on the disk.
 */
export function writeDurably(path: string, content: Uint8Array | string, mode = 0o600): void {
  const partial = join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
  rmSync(partial, { force: true });
  try {
    const file = openSync(partial, 'wx', mode);
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameDurably(partial, path);
  } catch (cause) {
    if (existsSync(partial)) unlinkSync(partial);
    throw cause;
  }
}

/** `20261122T185409Z`: a moment in a file name, fit for every file system. */
export const fileTime = (at: Date): string => at.toISOString().replaceAll(/[-:]|\.\d+/g, '');

/** Moves a file and its companions (`-wal`, `-shm`) to a name nothing has yet: `<name>.<why>-<UTC time>`. Gives the new path. */
export function moveAside(path: string, why: string, at: Date, companions: readonly string[] = []): string {
  const wanted = `${path}.${why}-${fileTime(at)}`;
  const taken = new Set(readdirSync(dirname(path)));
  let to = wanted;
  for (let n = 2; ['', ...companions].some(ending => taken.has(basename(to + ending))); n++)
    to = `${wanted}-${n}`;
  for (const ending of ['', ...companions])
    if (existsSync(path + ending)) renameSync(path + ending, to + ending);
  syncFolder(dirname(path));
  return to;
}

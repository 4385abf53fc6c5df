import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import type { Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Files, LocalFile, LocalStat } from '../ports.ts';
import { mountOf, mountsIn } from './mounts.ts';
import { errnoOf, worded } from './trouble.ts';

const ours = 0o600;
const oursFolder = 0o700;
const onWindows = process.platform === 'win32';

const kindOf = (stats: Stats): LocalStat['kind'] =>
  stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : stats.isSymbolicLink() ? 'link' : 'other';

const statOf = (stats: Stats): LocalStat => ({
  kind: kindOf(stats),
  bytes: stats.size,
  modifiedMs: Math.floor(stats.mtimeMs),
});

/** Undefined when nothing is there, or when a part of the path is no folder. Links are not followed. */
async function stat(path: string): Promise<LocalStat | undefined> {
  try {
    return statOf(await fs.lstat(path));
  } catch (thrown) {
    const code = errnoOf(thrown);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw thrown;
  }
}

/**
 * Makes a folder's entries durable. Windows has no such call and some sticks refuse it; there the rename alone has to do.
 */
async function syncFolder(path: string): Promise<void> {
  if (onWindows) return;
  const folder = await fs.open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } catch (thrown) {
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes(errnoOf(thrown) ?? '')) throw thrown;
  } finally {
    await folder.close();
  }
}

async function readFully(file: fs.FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(Math.max(0, length));
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled === buffer.length ? buffer : buffer.subarray(0, filled);
}

async function writeFully(file: fs.FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, offset + done);
    done += bytesWritten;
  }
}

/** O_NONBLOCK keeps a FIFO from holding us for ever; it changes nothing for ordinary files. */
const openFlags = {
  read: constants.O_RDONLY | (constants.O_NONBLOCK ?? 0),
  append: constants.O_RDWR | constants.O_CREAT | (constants.O_NONBLOCK ?? 0),
} as const;

async function open(path: string, how: 'read' | 'append'): Promise<LocalFile> {
  const doing = how === 'read' ? 'read' : 'write';
  const file = await fs.open(path, openFlags[how], ours);
  let end: number;
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) throw Object.assign(new Error('EISDIR: a folder'), { code: 'EISDIR' });
    end = stats.size;
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
  return {
    get bytes() {
      return end;
    },
    get held() {
      return end;
    },
    read: (offset, length) => worded(path, 'read', () => readFully(file, offset, length)),
    append: bytes =>
      worded(path, doing, async () => {
        await writeFully(file, bytes, end);
        end += bytes.length;
      }),
    truncate: bytes =>
      worded(path, doing, async () => {
        await file.truncate(bytes);
        end = bytes;
      }),
    sync: () => worded(path, doing, () => file.sync()),
    close: () => worded(path, doing, () => file.close()),
  };
}

async function list(path: string): ReturnType<Files['list']> {
  const names = await fs.readdir(path);
  return Promise.all(
    names.sort().map(async name => ({
      name,
      // A name that is no UTF-8 cannot be asked for again; it is shown as something we do not touch.
      stat: (await stat(join(path, name))) ?? { kind: 'other' as const, bytes: 0, modifiedMs: 0 },
    })),
  );
}

async function read(path: string, mostBytes: number): Promise<Uint8Array> {
  const file = await open(path, 'read');
  try {
    // Room for all that might come is made only where a file holds more than it says: one in /proc, or one that grows.
    const said = await file.read(0, Math.min(file.bytes, mostBytes) + 1);
    const bytes = said.length <= file.bytes ? said : await file.read(0, mostBytes + 1);
    if (bytes.length > mostBytes)
      throw Object.assign(new Error(`larger than ${mostBytes} bytes`), { code: 'EFBIG' });
    return bytes;
  } finally {
    await file.close();
  }
}

async function write(path: string, content: Uint8Array | string, mode = ours): Promise<void> {
  const temporary = join(dirname(path), `.coldstart-${randomBytes(6).toString('hex')}.tmp`);
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const file = await fs.open(temporary, 'wx', ours);
  try {
    try {
      await writeFully(file, bytes, 0);
      if (mode !== ours) await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await fs.rename(temporary, path);
  } catch (thrown) {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
    throw thrown;
  }
  await syncFolder(dirname(path));
}

async function move(from: string, to: string): Promise<void> {
  await fs.rename(from, to);
  await syncFolder(dirname(to));
  if (dirname(from) !== dirname(to)) await syncFolder(dirname(from));
}

/** The nearest part of a path that is already there. */
async function nearest(path: string): Promise<string> {
  if (dirname(path) === path || (await stat(path))) return fs.realpath(path);
  return nearest(dirname(path));
}

const writable = (path: string): Promise<boolean> =>
  fs.access(path, constants.W_OK).then(
    () => true,
    () => false,
  );

async function space(path: string): ReturnType<Files['space']> {
  const at = await nearest(path);
  const [figures, mountinfo, mayWrite] = await Promise.all([
    fs.statfs(at),
    fs.readFile('/proc/self/mountinfo', 'utf8').catch(() => ''),
    writable(at),
  ]);
  const mount = mountOf(mountsIn(mountinfo), at);
  return {
    free: figures.bavail * figures.bsize,
    bytes: figures.blocks * figures.bsize,
    fileSystem: mount?.fileSystem ?? 'unknown',
    readOnly: (mount?.readOnly ?? false) || !mayWrite,
  };
}

/**
 * This laptop's files. New files are 0600 and folders 0700 whatever the umask; `write` replaces a file whole or not at
 * all. What the system refuses arrives as a FieldError: `disk-full`, `not-writable`, `gone-away` (a pulled stick),
 * `no-such-thing`, `could-not`.
 */
export function localFiles(): Files {
  return {
    open: (path, how) => worded(path, how === 'read' ? 'read' : 'write', () => open(path, how)),
    stat: path => worded(path, 'read', () => stat(path)),
    real: path => worded(path, 'read', () => fs.realpath(path)),
    list: path => worded(path, 'read', () => list(path)),
    read: (path, mostBytes) => worded(path, 'read', () => read(path, mostBytes)),
    write: (path, content, mode) => worded(path, 'write', () => write(path, content, mode)),
    makeFolder: path =>
      worded(path, 'write', async () => {
        await fs.mkdir(path, { recursive: true, mode: oursFolder });
      }),
    move: (from, to) => worded(to, 'write', () => move(from, to)),
    /** A file or a whole folder; what is not there counts as removed. Links are removed, not followed. */
    remove: path => worded(path, 'write', () => fs.rm(path, { recursive: true, force: true })),
    syncFolder: path => worded(path, 'write', () => syncFolder(path)),
    space: path => worded(path, 'read', () => space(path)),
  };
}

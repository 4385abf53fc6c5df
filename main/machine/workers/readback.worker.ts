import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, read } from 'node:fs';
import { promisify } from 'node:util';
import type { Digest } from '../../core/bagit.ts';
import { diskTrouble, errnoOf } from '../trouble.ts';
import { serve } from './serve.ts';
import type { Desk } from './serve.ts';
import { openOrdinary, wordedSync } from './source.ts';

export interface ReadBackJob {
  readonly paths: readonly string[];
  /** Which path is next; several workers may take from the same list. */
  readonly next: SharedArrayBuffer;
  readonly digests: readonly Digest[];
}
export interface ReadPast {
  /** Its place in the list. */
  readonly at: number;
  readonly bytes: number;
  readonly sha256: string;
  /** Empty unless it was asked for. */
  readonly sha512: string;
  /** The page cache was left out: the bytes came from below the file system. */
  readonly direct: boolean;
}
type Hashed = Omit<ReadPast, 'at' | 'direct'>;

// O_DIRECT wants memory that begins on a page. Node's own buffers do not; WebAssembly memory always does.
const page = 4096;
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: {
    readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  };
};
const memory = new WebAssembly.Memory({ initial: 32 }).buffer;
const half = memory.byteLength / 2;
/** While one is hashed the other is filled: the stick is not kept waiting. */
const halves = [new Uint8Array(memory, 0, half), new Uint8Array(memory, half, half)] as const;
const readInto = promisify(read);

/** Opens for reading past the page cache; nothing where the file system or the operating system has no such way. */
function openDirect(path: string): number | undefined {
  const direct: number | undefined = constants.O_DIRECT;
  if (direct === undefined) return undefined;
  try {
    const fd = openSync(path, constants.O_RDONLY | direct | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if (fstatSync(fd).isFile()) return fd;
    closeSync(fd);
    return undefined;
  } catch (thrown) {
    if (errnoOf(thrown) === 'EINVAL') return undefined;
    throw thrown;
  }
}

/** A read that was begun; what it meets is kept until somebody asks. */
const begun = (fd: number, into: Uint8Array, at: number): Promise<{ got: number } | { thrown: unknown }> =>
  readInto(fd, into, 0, into.length, at).then(
    ({ bytesRead }) => ({ got: bytesRead }),
    (thrown: unknown) => ({ thrown }),
  );

/** Nothing when a read past the cache was refused. There only the last read may be short of a page, and it ends the file. */
async function hashed(
  { fd, path, direct }: { readonly fd: number; readonly path: string; readonly direct: boolean },
  digests: readonly Digest[],
  goOn: (bytes: number) => void,
): Promise<Hashed | undefined> {
  const hashes = digests.map(digest => createHash(digest));
  let [filling, resting] = halves as readonly [Uint8Array, Uint8Array];
  let [bytes, last] = [0, false];
  let reading = begun(fd, filling, 0);
  try {
    for (;;) {
      goOn(bytes);
      const found = await reading;
      if ('thrown' in found) {
        if (direct && errnoOf(found.thrown) === 'EINVAL') return undefined;
        throw diskTrouble(found.thrown, path, 'read');
      }
      if (found.got > 0) {
        const full = filling.subarray(0, found.got);
        bytes += found.got;
        last = direct && bytes % page !== 0;
        [filling, resting] = [resting, filling];
        if (!last) reading = begun(fd, filling, bytes);
        for (const hash of hashes) hash.update(full);
      }
      if (found.got === 0 || last) {
        const [sha256 = '', sha512 = ''] = hashes.map(hash => hash.digest('hex'));
        return { bytes, sha256, sha512 };
      }
    }
  } finally {
    // A read still under way would write into the memory of the next file, through a closed handle.
    await reading;
  }
}

async function readPast(
  path: string,
  digests: readonly Digest[],
  goOn: (bytes: number) => void,
): Promise<Omit<ReadPast, 'at'>> {
  const past = wordedSync(path, 'read', () => openDirect(path));
  if (past !== undefined)
    try {
      const found = await hashed({ fd: past, path, direct: true }, digests, goOn);
      if (found) return { ...found, direct: true };
    } finally {
      closeSync(past);
    }
  const { fd } = openOrdinary(path);
  try {
    const found = await hashed({ fd, path, direct: false }, digests, goOn);
    if (!found) throw new Error('reading through the cache ended early');
    return { ...found, direct: false };
  } finally {
    closeSync(fd);
  }
}

async function readBack({ paths, next, digests }: ReadBackJob, desk: Desk): Promise<readonly ReadPast[]> {
  const turn = new Int32Array(next);
  const files: ReadPast[] = [];
  let before = 0;
  for (;;) {
    desk.goOn();
    const at = Atomics.add(turn, 0, 1);
    const path = paths[at];
    if (path === undefined) return files;
    const file = await readPast(path, digests, bytes => {
      desk.goOn();
      desk.done(before + bytes);
    });
    before += file.bytes;
    desk.done(before);
    files.push({ at, ...file });
  }
}

serve(readBack);

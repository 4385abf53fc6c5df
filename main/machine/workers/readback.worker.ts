import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { errnoOf } from '../trouble.ts';
import { serve } from './serve.ts';
import type { Desk } from './serve.ts';
import { chunksOf, openOrdinary, wordedSync } from './source.ts';

export interface ReadBackJob {
  readonly path: string;
}
export interface ReadPast {
  readonly bytes: number;
  readonly sha256: string;
  readonly sha512: string;
  /** The page cache was left out: the bytes came from below the file system. */
  readonly direct: boolean;
}

// O_DIRECT wants memory that begins on a page. Node's own buffers do not; WebAssembly memory always does.
const page = 4096;
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: {
    readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  };
};
const aligned = new Uint8Array(new WebAssembly.Memory({ initial: 16 }).buffer);
const plain = Buffer.allocUnsafeSlow(1024 * 1024);

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

/** Nothing when a read past the cache was refused. Only the last read may be short, and it ends the file. */
function* directChunks(fd: number): Generator<Uint8Array, boolean> {
  for (let at = 0; ;) {
    let got: number;
    try {
      got = readSync(fd, aligned, 0, aligned.length, at);
    } catch (thrown) {
      if (errnoOf(thrown) === 'EINVAL') return false;
      throw thrown;
    }
    if (got > 0) yield aligned.subarray(0, got);
    at += got;
    if (got === 0 || at % page !== 0) return true;
  }
}

function hashed(
  chunks: Generator<Uint8Array, boolean | void>,
  desk: Desk,
): Omit<ReadPast, 'direct'> | undefined {
  const hashes = [createHash('sha256'), createHash('sha512')];
  let bytes = 0;
  for (;;) {
    desk.goOn();
    const { value, done } = chunks.next();
    if (done === true) {
      if (value === false) return undefined;
      const [sha256 = '', sha512 = ''] = hashes.map(hash => hash.digest('hex'));
      return { bytes, sha256, sha512 };
    }
    for (const hash of hashes) hash.update(value);
    desk.done((bytes += value.length));
  }
}

function readBack({ path }: ReadBackJob, desk: Desk): ReadPast {
  const direct = wordedSync(path, 'read', () => openDirect(path));
  if (direct !== undefined)
    try {
      const found = wordedSync(path, 'read', () => hashed(directChunks(direct), desk));
      if (found) return { ...found, direct: true };
    } finally {
      closeSync(direct);
    }
  const { fd } = openOrdinary(path);
  try {
    const found = hashed(chunksOf(fd, path, plain), desk);
    if (!found) throw new Error('reading through the cache ended early');
    return { ...found, direct: false };
  } finally {
    closeSync(fd);
  }
}

serve(readBack);

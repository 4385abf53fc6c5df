import { createGunzip } from 'node:zlib';

/** Reads `length` bytes at `offset`; fewer only at the end. */
type ReadAt = (offset: number, length: number) => Promise<Uint8Array>;

export type ArchiveForm = 'tar' | 'tar.gz' | 'tar.zst';

/** Whether a packed file ends where its own structure says it ends. */
export type ArchiveEnd = 'whole' | 'short' | 'not-this-form';

/** The longest head of a zstd frame, magic number included. */
export const zstdHeadBytes = 18;

const numberAt = (bytes: Uint8Array, at: number, size: number): number =>
  Number.parseInt(
    Buffer.from(bytes.subarray(at, at + size))
      .reverse()
      .toString('hex') || '0',
    16,
  );

/** Bytes of a zstd frame header (RFC 8878 3.1.1.1), and whether a checksum follows the last block. */
function frameHeader(head: Uint8Array): { readonly bytes: number; readonly checksum: boolean } {
  const flags = head[4] ?? 0;
  const single = (flags & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][flags & 3] ?? 0;
  const size = [single ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  return { bytes: 5 + (single ? 0 : 1) + dictionary + size, checksum: (flags & 4) !== 0 };
}

/**
 * How far back a zstd archive reaches, from the window descriptor of its first frame (RFC 8878 3.1.1.1.2); for a frame
 * in one segment that is its content. Absent when this is no zstd frame.
 */
export function zstdWindow(head: Uint8Array): number | undefined {
  if (head.length < 14 || numberAt(head, 0, 4) !== 0xfd2fb528) return undefined;
  const flags = head[4] ?? 0;
  if ((flags & 0x20) === 0) {
    const descriptor = head[5] ?? 0;
    const base = 2 ** (10 + (descriptor >> 3));
    return base + (base / 8) * (descriptor & 7);
  }
  const at = 5 + ([0, 1, 2, 4][flags & 3] ?? 0);
  const bytes = [1, 2, 4, 8][flags >> 6] ?? 1;
  return numberAt(head, at, bytes) + (bytes === 2 ? 256 : 0);
}

/** Where the blocks of a frame end; undefined when the file ends before. Blocks say their own length, nothing is unpacked. */
async function blocksEnd(read: ReadAt, from: number, bytes: number): Promise<number | undefined> {
  for (let at = from; ;) {
    const head = await read(at, 3);
    if (head.length < 3) return undefined;
    const word = numberAt(head, 0, 3);
    const isRle = ((word >> 1) & 3) === 1;
    at += 3 + (isRle ? 1 : word >> 3);
    if (at > bytes) return undefined;
    if ((word & 1) === 1) return at;
  }
}

/** Walks all frames of a zstd file (RFC 8878), skippable ones too. */
async function zstdEnd(read: ReadAt, bytes: number): Promise<ArchiveEnd> {
  let at = 0;
  while (at < bytes) {
    const head = await read(at, zstdHeadBytes);
    const magic = head.length < 4 ? -1 : numberAt(head, 0, 4);
    const isSkippable = magic >>> 4 === 0x0184d2a5;
    if (magic !== 0xfd2fb528 && !isSkippable) return at === 0 && head.length >= 4 ? 'not-this-form' : 'short';
    if (head.length < 8) return 'short';
    if (isSkippable) at += 8 + numberAt(head, 4, 4);
    else {
      const header = frameHeader(head);
      const end = await blocksEnd(read, at + header.bytes, bytes);
      if (end === undefined) return 'short';
      at = end + (header.checksum ? 4 : 0);
    }
  }
  return at === bytes && bytes > 0 ? 'whole' : 'short';
}

/** gzip does not say where it ends, so it is unpacked and thrown away; zlib checks length and CRC. */
async function gzipEnd(read: ReadAt, bytes: number): Promise<ArchiveEnd> {
  const head = await read(0, 2);
  if (head.length < 2) return 'short';
  if (head[0] !== 0x1f || head[1] !== 0x8b) return 'not-this-form';
  const gunzip = createGunzip();
  const { promise, resolve } = Promise.withResolvers<ArchiveEnd>();
  gunzip
    .on('data', () => undefined)
    .on('end', () => resolve('whole'))
    .on('error', thrown =>
      resolve('code' in thrown && thrown.code === 'Z_BUF_ERROR' ? 'short' : 'not-this-form'),
    );
  const step = 1024 * 1024;
  try {
    for (let at = 0; at < bytes && !gunzip.errored; at += step) {
      const chunk = await read(at, step);
      if (!gunzip.write(chunk))
        await Promise.race([promise, new Promise(done => gunzip.once('drain', done))]);
    }
    gunzip.end();
    return await promise;
  } finally {
    gunzip.destroy();
  }
}

/** Walks the headers of a tar (POSIX ustar): each says how long its file is; two empty blocks end it. */
async function tarEnd(read: ReadAt, bytes: number): Promise<ArchiveEnd> {
  for (let at = 0; ;) {
    const head = await read(at, 512);
    if (head.length < 512) return at === 0 && head.length > 0 && head[0] === 0x3c ? 'not-this-form' : 'short';
    if (head.every(byte => byte === 0)) return 'whole';
    if (Buffer.from(head.subarray(257, 262)).toString('latin1') !== 'ustar')
      return at === 0 ? 'not-this-form' : 'short';
    at += 512 + Math.ceil(tarSize(head) / 512) * 512;
    if (at > bytes) return 'short';
  }
}

/** The size field: octal text, or, with the first bit set, a big-endian number (GNU, for files from 8 GiB). */
function tarSize(head: Uint8Array): number {
  const field = Buffer.from(head.subarray(124, 136));
  if (((field[0] ?? 0) & 0x80) === 0)
    return Number.parseInt(field.toString('latin1').replace(/[\0 ]+$/, ''), 8) || 0;
  return Number(BigInt(`0x${field.subarray(4).toString('hex')}`));
}

/** Whether an archive is all there, by its own structure. Reads little of a tar or zstd, all of a gzip. */
export function archiveEnd(form: ArchiveForm, read: ReadAt, bytes: number): Promise<ArchiveEnd> {
  if (form === 'tar.zst') return zstdEnd(read, bytes);
  return form === 'tar.gz' ? gzipEnd(read, bytes) : tarEnd(read, bytes);
}

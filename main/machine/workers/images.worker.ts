import { closeSync, createReadStream, readSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { FieldError } from '../../../preload/contract/failure.ts';
import { imagesOfArchive } from '../../core/image-archive.ts';
import type { ArchivedImage } from '../../core/image-archive.ts';
import { SmallFilesOfTar } from '../../core/tar-files.ts';
import { diskTrouble } from '../trouble.ts';
import { serve } from './serve.ts';
import type { Desk } from './serve.ts';
import { openOrdinary, wordedSync } from './source.ts';

export interface ImagesJob {
  readonly path: string;
}

/** Manifests and configurations of images are a few KiB; layers are passed over. */
const [largestFile, mostBytes] = [512 * 1024, 32 * 1024 * 1024];
/** K3s packs its archives with a window of 32 MiB; more is refused by its own tools. */
const windowLog = 27;

type Form = 'tar' | 'tar.gz' | 'tar.zst';

const unsound = (path: string): FieldError =>
  new FieldError({
    code: 'damaged',
    says: 'This is no archive of images, or it is damaged.',
    about: path,
    untouched: 'The file was only read.',
    next: 'Check the bundle again, and get this file anew if it is damaged.',
  });

/** Names and architectures of the images in an archive of Docker's or OCI's form, plain or packed. */
async function images({ path }: ImagesJob, desk: Desk): Promise<readonly ArchivedImage[]> {
  const { fd, bytes } = openOrdinary(path);
  try {
    const tar = new SmallFilesOfTar(largestFile, mostBytes);
    for (let at = 0; at < bytes && !tar.ended;) at += await unpack(path, fd, at, tar, desk);
    const found = tar.sound && tar.ended ? imagesOfArchive(tar.files) : undefined;
    if (!found) throw unsound(path);
    return found;
  } finally {
    closeSync(fd);
  }
}

function formAt(path: string, fd: number, at: number): Form {
  const head = Buffer.alloc(4);
  wordedSync(path, 'read', () => readSync(fd, head, 0, 4, at));
  if (head.readUInt32LE(0) === 0xfd2fb528) return 'tar.zst';
  return head.readUInt16BE(0) === 0x1f8b ? 'tar.gz' : 'tar';
}

/** Unpacks what begins at `at`; gives how many bytes of the file that were. A zstd file may have several frames. */
async function unpack(
  path: string,
  fd: number,
  at: number,
  tar: SmallFilesOfTar,
  desk: Desk,
): Promise<number> {
  const form = formAt(path, fd, at);
  const packed = createReadStream(path, { start: at, highWaterMark: 256 * 1024 });
  const decoder =
    form === 'tar.zst'
      ? createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: windowLog } })
      : form === 'tar.gz'
        ? createGunzip()
        : undefined;
  packed.on('error', thrown => decoder?.destroy(thrown));
  const plain: Readable = decoder ? packed.pipe(decoder) : packed;
  try {
    for await (const chunk of plain as AsyncIterable<Buffer>) {
      desk.goOn();
      tar.take(chunk);
      desk.done(at + packed.bytesRead);
      if (!tar.sound || tar.ended) break;
    }
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && /^(Z_|ZSTD|ERR_ZSTD)/.test(String(thrown.code)))
      throw unsound(path);
    if (thrown instanceof Error && 'syscall' in thrown) throw diskTrouble(thrown, path, 'read');
    throw thrown;
  } finally {
    packed.destroy();
    decoder?.destroy();
  }
  const took = form === 'tar.zst' ? (decoder?.bytesWritten ?? 0) : packed.bytesRead;
  if (!tar.sound || took === 0) throw unsound(path);
  return took;
}

serve<ImagesJob, readonly ArchivedImage[]>(images);

import { closeSync, fstatSync, readSync } from 'node:fs';
import { FieldError } from '../../../preload/contract/failure.ts';
import { Blocks } from '../../core/bbolt/blocks.ts';
import type { RawFile } from '../../core/bbolt/blocks.ts';
import type { PageSource } from '../../core/bbolt/page-source.ts';
import { Crc32c } from '../../core/etcd-snapshot/crc32c.ts';
import type { Scratch } from '../../core/etcd-snapshot/runs.ts';
import { looksZipped } from '../../core/zip-member.ts';
import { scratchFile } from './scratch.ts';
import type { ScratchFile } from './scratch.ts';
import type { Desk } from './serve.ts';
import { openOrdinary, wordedSync } from './source.ts';
import { unzipSnapshot } from './unzip.ts';

/** Of memory for pages. More of it is slower: it then no longer fits into the processor's cache. */
const pageMemory = 4 * 1024 * 1024;
/** An image is whole pages, so a length with 32 bytes over says that a trailer follows it. */
const [smallestPage, trailerBytes] = [512, 32];

/** A snapshot on this laptop, open for the reader in `main/core/etcd-snapshot`. */
export interface OpenSnapshot {
  readonly source: PageSource;
  /** The same bytes from end to end, trailer included; of a zip what was in it. */
  readonly image: RawFile;
  /** Counts fastest over what `source` gives. */
  readonly crc: Crc32c;
  readonly zipped: boolean;
  /** By its length; a raw copy of etcd's database has none. Whether it holds is not looked at. */
  readonly hasTrailer: boolean;
  readonly scratch: () => Scratch;
  /** Throws when the file has changed since it was opened: what was read is then of no use. */
  assertUnchanged(): void;
  close(): void;
}

/** For a file that something else wrote to while it was read. */
export function changed(path: string): FieldError {
  return new FieldError({
    code: 'could-not',
    says: 'The file was changed by something else while it was read, so nothing can be said of it.',
    about: path,
    untouched: 'Nothing was changed by this app.',
    next: 'Wait until whatever writes to it is done, then try again.',
  });
}

/** Opens a snapshot as it lies: plain, or in the zip K3s makes of it, which is unpacked to a nameless file in `folder`. */
export async function openSnapshot(path: string, folder: string, desk: Desk): Promise<OpenSnapshot> {
  const { fd, bytes } = openOrdinary(path);
  const scratches: ScratchFile[] = [];
  const scratch = (): ScratchFile => {
    const made = scratchFile(folder);
    scratches.push(made);
    return made;
  };
  const close = (): void => {
    for (const each of scratches) each.close();
    closeSync(fd);
  };
  try {
    const before = fstatSync(fd, { bigint: true });
    const raw = fileAt(fd, path, bytes);
    const zipped = bytes >= 4 && isZip(raw);
    const image = zipped ? await unzipSnapshot({ fd, path, bytes }, scratch, folder, desk) : raw;
    const crc = new Crc32c(pageMemory);
    return {
      source: new Blocks(image, crc.room),
      image,
      crc,
      zipped,
      hasTrailer: image.size % smallestPage === trailerBytes,
      scratch,
      assertUnchanged: () => {
        const now = fstatSync(fd, { bigint: true });
        if (now.size !== before.size || now.mtimeNs !== before.mtimeNs) throw changed(path);
      },
      close,
    };
  } catch (thrown) {
    close();
    throw thrown;
  }
}

function isZip(file: RawFile): boolean {
  const head = new Uint8Array(4);
  file.readInto(head, 0);
  return looksZipped(head);
}

const fileAt = (fd: number, path: string, size: number): RawFile => ({
  size,
  readInto: (into, offset) => {
    for (let at = 0; at < into.length;) {
      const got = wordedSync(path, 'read', () => readSync(fd, into, at, into.length - at, offset + at));
      if (got === 0) throw changed(path);
      at += got;
    }
  },
});

import { createReadStream, readSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { crc32, createInflateRaw } from 'node:zlib';
import { FieldError } from '../../../preload/contract/failure.ts';
import { metas, newerMeta } from '../../core/bbolt/meta.ts';
import { inMemory } from '../../core/bbolt/page-source.ts';
import { openDatabase } from '../../core/etcd-snapshot/open.ts';
import { zipCount, zipMember } from '../../core/zip-member.ts';
import type { ZipMember } from '../../core/zip-member.ts';
import { diskTrouble } from '../trouble.ts';
import type { ScratchFile } from './scratch.ts';
import type { Desk } from './serve.ts';
import { wordedSync } from './source.ts';

const refused = (path: string, says: string, next: string): FieldError =>
  new FieldError({
    code: 'check-failed',
    says,
    about: path,
    untouched: 'The file was only read; nothing was changed.',
    next,
  });
const another = 'Take another copy of the snapshot, from the node or from a stick.';

/** The first part of what comes out: holds both meta pages, whatever the size of a page. */
const headBytes = 128 * 1024;
/** etcd lets its file grow in steps of 16 MiB, so a raw copy may be that much longer than its pages. */
const growth = 64 * 1024 * 1024;
/** Databases of etcd shrink to a tenth at best; below this size it does not matter. */
const mostRatio = 200;
const smallBytes = 256 * 1024 * 1024;
/** Left free beside what is unpacked. */
const margin = 64 * 1024 * 1024;

/** Unpacks the one snapshot in a zip as K3s writes it. Throws `check-failed` when the zip is damaged or is no such zip. */
export async function unzipSnapshot(
  { fd, path, bytes }: { readonly fd: number; readonly path: string; readonly bytes: number },
  into: () => ScratchFile,
  folder: string,
  desk: Desk,
): Promise<ScratchFile> {
  const member = await theMember(fd, path, bytes);
  refuseBomb(member, path);
  requireRoom(folder, member.bytes);
  // What is unpacked is then read once.
  desk.total?.(2 * member.bytes);
  const scratch = into();
  await inflate(path, member, scratch, desk);
  return scratch;
}

async function theMember(fd: number, path: string, size: number): Promise<ZipMember> {
  const read = (offset: number, length: number): Promise<Uint8Array> => {
    const part = Buffer.alloc(Math.min(length, Math.max(0, size - offset)));
    const got = wordedSync(path, 'read', () => readSync(fd, part, 0, part.length, offset));
    return Promise.resolve(part.subarray(0, got));
  };
  const count = await zipCount(read, size);
  if (count === undefined) throw refused(path, 'This zip is cut short: its end is missing.', another);
  if (count !== 1)
    throw refused(
      path,
      count === 0
        ? 'This zip is empty.'
        : `This zip holds ${count} files. A snapshot of K3s holds one, and K3s would refuse it.`,
      'Unpack it and choose the snapshot among its files.',
    );
  const member = await zipMember(read, size);
  if (member) return member;
  throw refused(path, 'This zip is damaged, or was not made by K3s.', another);
}

function refuseBomb({ bytes, compressedBytes }: ZipMember, path: string): void {
  if (bytes <= smallBytes || bytes <= compressedBytes * mostRatio) return;
  throw tooMuch(path);
}

const tooMuch = (path: string): FieldError =>
  refused(
    path,
    'This zip would unpack to far more than a snapshot. Such a zip is made to fill a disk, so it was not unpacked.',
    another,
  );

function requireRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = wordedSync(folder, 'read', () => statfsSync(dirname(folder)));
  if (bavail * bsize >= bytes + margin) return;
  throw new FieldError({
    code: 'space-short',
    says: 'There is not enough room on this laptop to unpack the zip.',
    about: folder,
    untouched: 'Nothing was written.',
    next: `Make ${Math.ceil((bytes + margin) / 1024 ** 2)} MiB free, or unpack the zip on another disk.`,
  });
}

/** Unpacks piece by piece; stops as soon as more comes than the zip says, or what comes is no database. */
async function inflate(path: string, member: ZipMember, to: ScratchFile, desk: Desk): Promise<void> {
  const end = member.offset + member.compressedBytes - 1;
  if (end < member.offset) throw refused(path, 'The file in this zip is empty.', another);
  const packed = createReadStream(path, { start: member.offset, end });
  const plain = member.deflated ? packed.pipe(createInflateRaw({ chunkSize: headBytes })) : packed;
  packed.on('error', thrown => plain.destroy(thrown));
  let [crc, isLooked] = [0, false];
  try {
    for await (const chunk of plain as AsyncIterable<Buffer>) {
      desk.goOn();
      crc = crc32(chunk, crc);
      to.append(chunk);
      desk.done(to.size);
      if (to.size > member.bytes) throw refused(path, 'This zip holds more than it says.', another);
      if (!isLooked && to.size >= Math.min(headBytes, member.bytes)) {
        refuseForeign(to, member, path);
        isLooked = true;
      }
    }
  } catch (thrown) {
    if (thrown instanceof FieldError) throw thrown;
    // What zlib refuses is damage; what the disk refuses is not.
    if (!(thrown instanceof Error && 'code' in thrown)) throw thrown;
    if (String(thrown.code).startsWith('Z_')) throw refused(path, 'This zip is damaged.', another);
    throw diskTrouble(thrown, path, 'read');
  } finally {
    packed.destroy();
  }
  if (to.size !== member.bytes || crc !== member.crc32) throw refused(path, 'This zip is damaged.', another);
}

/** The first pages say how large the database is: much more than that is not unpacked. */
function refuseForeign(unpacked: ScratchFile, { bytes }: ZipMember, path: string): void {
  const head = new Uint8Array(Math.min(headBytes, unpacked.size));
  unpacked.readInto(head, 0);
  const source = inMemory(head);
  const meta = newerMeta(metas(source));
  if (!meta) openDatabase(source);
  else if (bytes > meta.pages * meta.pageSize + growth) throw tooMuch(path);
}

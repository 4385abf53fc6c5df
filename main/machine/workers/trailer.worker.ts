import { closeSync, createReadStream, readSync } from 'node:fs';
import { crc32, createInflateRaw } from 'node:zlib';
import { TrailerScale } from '../../core/trailer.ts';
import type { Trailer, Weighed } from '../../core/trailer.ts';
import { looksZipped, zipMember } from '../../core/zip-member.ts';
import type { ZipMember } from '../../core/zip-member.ts';
import { diskTrouble } from '../trouble.ts';
import { serve } from './serve.ts';
import type { Desk } from './serve.ts';
import { chunkBytes, chunksOf, openOrdinary, wordedSync } from './source.ts';

export interface TrailerJob {
  readonly path: string;
}
export interface TrailerFound extends Weighed {
  /** The trailer was looked for inside a zip. */
  readonly zipped: boolean;
}

const buffer = Buffer.allocUnsafeSlow(chunkBytes);

/** Weighs a snapshot; of a zipped one the file is hashed as it lies and the trailer is checked inside. */
async function weigh({ path }: TrailerJob, desk: Desk): Promise<TrailerFound> {
  const { fd, bytes } = openOrdinary(path);
  try {
    const scale = new TrailerScale();
    let head: Buffer | undefined;
    let done = 0;
    for (const chunk of chunksOf(fd, path, buffer)) {
      desk.goOn();
      head ??= Buffer.from(chunk.subarray(0, 4));
      scale.update(chunk);
      desk.done((done += chunk.length));
    }
    const plain = scale.end();
    if (!looksZipped(head ?? Buffer.alloc(0))) return { ...plain, zipped: false };
    const member = await zipMember((offset, length) => readAt(fd, path, offset, length), bytes);
    return { ...plain, trailer: member ? await inside(path, member, desk) : 'broken', zipped: true };
  } finally {
    closeSync(fd);
  }
}

function readAt(fd: number, path: string, offset: number, length: number): Promise<Uint8Array> {
  const into = Buffer.alloc(length);
  const got = wordedSync(path, 'read', () => readSync(fd, into, 0, length, offset));
  return Promise.resolve(into.subarray(0, got));
}

/** A member that does not unpack to what the zip says is broken, whatever its trailer. */
async function inside(path: string, member: ZipMember, desk: Desk): Promise<Trailer> {
  const end = member.offset + member.compressedBytes - 1;
  if (end < member.offset) return 'missing';
  const packed = createReadStream(path, { start: member.offset, end });
  const plain = member.deflated ? packed.pipe(createInflateRaw()) : packed;
  packed.on('error', thrown => plain.destroy(thrown));
  const scale = new TrailerScale();
  let [crc, bytes] = [0, 0];
  try {
    for await (const chunk of plain as AsyncIterable<Buffer>) {
      desk.goOn();
      crc = crc32(chunk, crc);
      bytes += chunk.length;
      if (bytes > member.bytes) return 'broken';
      scale.update(chunk);
    }
  } catch (thrown) {
    // What zlib refuses is damage; what the disk refuses is not.
    if (thrown instanceof Error && 'code' in thrown && String(thrown.code).startsWith('Z_')) return 'broken';
    throw diskTrouble(thrown, path, 'read');
  } finally {
    packed.destroy();
  }
  return bytes === member.bytes && crc === member.crc32 ? scale.end().trailer : 'broken';
}

serve(weigh);

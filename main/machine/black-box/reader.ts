import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Lines } from '../../core/black-box/lines.ts';
import type { Line } from '../../core/black-box/lines.ts';
import { unpacked } from '../../core/black-box/records.ts';
import type { Record } from '../../core/black-box/records.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { SegmentFile } from './folder.ts';
import type { BoxKeys } from './keys.ts';
import { blockHead, openedBlock, readBlockHead } from './segment.ts';

/** What stands in a segment, block by block: records, or how much content could not be read and why. */
type Piece =
  | { readonly is: 'records'; readonly records: readonly Record[] }
  | { readonly is: 'lost'; readonly at: number; readonly content: number; readonly says: string };

/** The blocks of a segment, one at a time. Throws `vault-locked`; damage is told and walked over. */
async function* pieces(segment: SegmentFile, keys: BoxKeys): AsyncGenerator<Piece> {
  const key = keyOf(segment, keys);
  if (key instanceof FieldError) {
    const { from = 0, content } = segment;
    yield { is: 'lost', at: from, content, says: key.failure.says };
    return;
  }
  let file: FileHandle;
  try {
    file = await open(segment.path, 'r');
  } catch {
    // The oldest segment makes room while somebody reads.
    return;
  }
  try {
    let time = segment.from ?? 0;
    let position = segment.head.size;
    for (let number = 0; ; number += 1) {
      const start = await readAt(file, position, blockHead);
      if (start.length === 0) return;
      const head = readBlockHead(start);
      const block = head && (await readAt(file, position, blockHead + head.sealed));
      if (!head || !block || block.length < blockHead + head.sealed) {
        yield { is: 'lost', at: time, content: 0, says: brokenOff };
        return;
      }
      position += block.length;
      time = head.to;
      const plain = openedBlock(block, number, key, segment.head.raw);
      yield plain
        ? { is: 'records', records: unpacked(plain) }
        : { is: 'lost', at: head.from, content: head.content, says: damaged(head.content) };
    }
  } finally {
    await file.close();
  }
}

const brokenOff = 'The recording breaks off here: the laptop or Coldstart stopped while it was written.';
const damaged = (bytes: number): string => `${bytes} bytes of the recording are damaged here.`;

function keyOf({ head }: SegmentFile, keys: BoxKeys): Uint8Array | FieldError {
  try {
    return keys.toRead(head.key, head.ephemeral);
  } catch (thrown) {
    if (thrown instanceof FieldError && thrown.failure.code === 'damaged') return thrown;
    throw thrown;
  }
}

/** The lines of one segment in order. A line never runs from one segment into the next. */
export async function* linesOf(segment: SegmentFile, keys: BoxKeys): AsyncGenerator<Line> {
  const lines = new Lines(segment.head.offset);
  for await (const piece of pieces(segment, keys)) {
    if (piece.is === 'records') yield* lines.take(piece.records);
    else {
      yield* lines.say(piece.at, piece.says);
      lines.skip(piece.content);
    }
  }
  yield* lines.end();
}

/** The received bytes of one segment as they came, without notes. */
export async function* bytesOf(segment: SegmentFile, keys: BoxKeys): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces(segment, keys))
    if (piece.is === 'records')
      for (const record of piece.records) if (record.is === 'bytes') yield record.bytes;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  return bytes.subarray(0, bytesRead);
}

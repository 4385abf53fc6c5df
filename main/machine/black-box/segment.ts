import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { FileKey } from './keys.ts';

// A segment is one file of a black box:
//   head   8 bytes magic, 4 bytes length of what follows, JSON: port, key id, throw-away public key, first offset
//   block  4 bytes length sealed, 4 bytes length of content, 8 bytes first time, 8 bytes last time, sealed records
// Times and lengths lie in the open, so a list needs no passphrase; content and notes do not. Each block is sealed with
// its number as the nonce, and the head and its own figures bound in: blocks cannot be swapped, cut or taken elsewhere.

const magic = Buffer.from('CSBBOX1\n');
export const blockHead = 24;
/** A forged length must not ask for all memory. */
const mostBlock = 16 * 2 ** 20;
const mostHead = 4096;

export interface SegmentHead {
  readonly port: string;
  /** Names the pair of the home. */
  readonly key: string;
  readonly ephemeral: Uint8Array;
  /** Where in the port's content this segment begins. */
  readonly offset: number;
  /** Length of the head in bytes. */
  readonly size: number;
  /** The head as it lies in the file, bound into every block. */
  readonly raw: Uint8Array;
}

export function segmentHead(port: string, offset: number, { id, ephemeral }: FileKey): Uint8Array {
  const text = Buffer.from(
    JSON.stringify({ port, offset, key: id, ephemeral: Buffer.from(ephemeral).toString('base64') }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([magic, length, text]);
}

/** The head at the beginning of these bytes; nothing when they are no segment, or one cut within its head. */
export function readSegmentHead(bytes: Uint8Array): SegmentHead | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.length < 12 || !view.subarray(0, 8).equals(magic)) return undefined;
  const size = 12 + view.readUInt32LE(8);
  if (size > mostHead || view.length < size) return undefined;
  try {
    const { port, offset, key, ephemeral } = JSON.parse(view.toString('utf8', 12, size)) as Record<
      string,
      unknown
    >;
    if (typeof port !== 'string' || typeof key !== 'string' || typeof ephemeral !== 'string')
      return undefined;
    if (typeof offset !== 'number' || !Number.isSafeInteger(offset) || offset < 0) return undefined;
    const once = Buffer.from(ephemeral, 'base64');
    return once.length === 32
      ? { port, offset, key, ephemeral: once, size, raw: view.subarray(0, size) }
      : undefined;
  } catch {
    return undefined;
  }
}

export interface BlockHead {
  /** Length of what follows this head. */
  readonly sealed: number;
  /** How much content it holds: received bytes and notes. */
  readonly content: number;
  readonly from: number;
  readonly to: number;
}

/** The head of a block; nothing when it cannot be one. */
export function readBlockHead(bytes: Uint8Array): BlockHead | undefined {
  if (bytes.length < blockHead) return undefined;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const sealed = view.readUInt32LE(0);
  const content = view.readUInt32LE(4);
  const from = view.readDoubleLE(8);
  const to = view.readDoubleLE(16);
  const sound = sealed > 16 && sealed <= mostBlock && content < sealed && Math.abs(from) < 8.64e15;
  return sound && Math.abs(to) < 8.64e15 ? { sealed, content, from, to } : undefined;
}

const nonceOf = (number: number): Buffer => {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntLE(number, 0, 6);
  return nonce;
};

/** One block, ready to be appended. `number`: how many blocks the segment has before it. */
export function sealedBlock(
  plain: Uint8Array,
  { content, from, to }: Omit<BlockHead, 'sealed'>,
  number: number,
  key: Uint8Array,
  segment: Uint8Array,
): Uint8Array {
  const head = Buffer.alloc(blockHead);
  head.writeUInt32LE(plain.length + 16, 0);
  head.writeUInt32LE(content, 4);
  head.writeDoubleLE(from, 8);
  head.writeDoubleLE(to, 16);
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(number));
  cipher.setAAD(Buffer.concat([segment, head]));
  return Buffer.concat([head, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** What a block holds; nothing when a bit of it is not as it was written. `block` is head and content. */
export function openedBlock(
  block: Uint8Array,
  number: number,
  key: Uint8Array,
  segment: Uint8Array,
): Uint8Array | undefined {
  const opening = createDecipheriv('aes-256-gcm', key, nonceOf(number), { authTagLength: 16 });
  opening.setAAD(Buffer.concat([segment, block.subarray(0, blockHead)]));
  opening.setAuthTag(block.subarray(-16));
  try {
    return Buffer.concat([opening.update(block.subarray(blockHead, -16)), opening.final()]);
  } catch {
    return undefined;
  }
}

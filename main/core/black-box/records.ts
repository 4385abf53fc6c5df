import { Buffer } from 'node:buffer';

/** What came at one moment: bytes of the console, or a sentence of the black box itself. */
export interface Record {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly is: 'bytes' | 'note';
  readonly bytes: Uint8Array;
}

/** Bytes that come this close together get one time: a time for each character would double the box. */
const togetherMs = 20;

/** Gathers records until they are written. What is gathered is bounded by whoever asks for `bytes`. */
export class Gathering {
  #records: { at: number; is: Record['is']; parts: Uint8Array[]; size: number }[] = [];
  /** Content gathered so far, in bytes. */
  bytes = 0;

  add(is: Record['is'], bytes: Uint8Array, at: number): void {
    if (bytes.length === 0) return;
    this.bytes += bytes.length;
    const last = this.#records.at(-1);
    if (is === 'bytes' && last?.is === 'bytes' && at >= last.at && at - last.at <= togetherMs) {
      last.parts.push(bytes);
      last.size += bytes.length;
    } else this.#records.push({ at, is, parts: [bytes], size: bytes.length });
  }

  /** All that was gathered; empty afterwards. */
  take(): readonly Record[] {
    const all = this.#records.map(({ at, is, parts }) => ({
      at,
      is,
      bytes: parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts),
    }));
    this.#records = [];
    this.bytes = 0;
    return all;
  }
}

/** Each record: 8 bytes time, 1 byte kind, 4 bytes length, then the content. */
const head = 13;

/** Records as one block of bytes. */
export function packed(records: readonly Record[]): Uint8Array {
  const out = Buffer.alloc(records.reduce((sum, { bytes }) => sum + head + bytes.length, 0));
  let at = 0;
  for (const record of records) {
    out.writeDoubleLE(record.at, at);
    out.writeUInt8(record.is === 'bytes' ? 0 : 1, at + 8);
    out.writeUInt32LE(record.bytes.length, at + 9);
    out.set(record.bytes, at + head);
    at += head + record.bytes.length;
  }
  return out;
}

/** The records of a block. The block was sealed, so what does not fit is a mistake of ours and throws. */
export function unpacked(block: Uint8Array): readonly Record[] {
  const view = Buffer.from(block.buffer, block.byteOffset, block.length);
  const records: Record[] = [];
  for (let at = 0; at < view.length;) {
    const length = view.readUInt32LE(at + 9);
    const bytes = view.subarray(at + head, at + head + length);
    records.push({ at: view.readDoubleLE(at), is: view.readUInt8(at + 8) === 0 ? 'bytes' : 'note', bytes });
    at += head + length;
  }
  return records;
}

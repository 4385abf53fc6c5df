import { crcModule, tables } from './crc32c-code.ts';

const polynomial = 0x82f63b78;
const wasmPage = 64 * 1024;
/** Bytes from elsewhere are copied here, so many at a time, before they are counted. */
const stagingAt = tables * 1024;
const stagingBytes = 2 * wasmPage - stagingAt;

type CountBytes = (state: number, from: number, to: number) => number;

function fillTables(memory: WebAssembly.Memory): void {
  const table = new Int32Array(memory.buffer, 0, tables * 256);
  for (let i = 0; i < 256; i++) {
    let crc = i;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ polynomial;
    table[i] = crc;
  }
  for (let i = 256; i < table.length; i++) {
    const before = table[i - 256] ?? 0;
    table[i] = (before >>> 8) ^ (table[before & 0xff] ?? 0);
  }
}

/**
 * CRC-32C (Castagnoli), the hash `etcdutl snapshot status` prints. It has a memory of its own of which `room` is lent out:
 * bytes that lie there are counted where they lie.
 */
export class Crc32c {
  /** For whoever reads what is to be counted; empty unless asked for. */
  readonly room: Uint8Array<ArrayBuffer>;
  readonly #staging: Uint8Array;
  readonly #crc: CountBytes;
  #state = -1;

  constructor(roomBytes = 0) {
    const memory = new WebAssembly.Memory({ initial: 2 + Math.ceil(roomBytes / wasmPage) });
    fillTables(memory);
    this.#staging = new Uint8Array(memory.buffer, stagingAt, stagingBytes);
    this.room = new Uint8Array(memory.buffer, 2 * wasmPage, roomBytes);
    const module = new WebAssembly.Module(crcModule());
    this.#crc = new WebAssembly.Instance(module, { own: { memory } }).exports['crc'] as CountBytes;
  }

  /** Begins anew. */
  reset(): void {
    this.#state = -1;
  }

  /** Counts `bytes[from]` up to before `bytes[to]`. */
  update(bytes: Uint8Array, from: number, to: number): void {
    if (bytes.buffer === this.room.buffer) {
      const at = bytes.byteOffset;
      this.#state = this.#crc(this.#state, at + from, at + to);
      return;
    }
    for (let at = from; at < to; at += stagingBytes) {
      const part = bytes.subarray(at, Math.min(to, at + stagingBytes));
      this.#staging.set(part);
      this.#state = this.#crc(this.#state, stagingAt, stagingAt + part.length);
    }
  }

  get value(): number {
    return ~this.#state >>> 0;
  }
}

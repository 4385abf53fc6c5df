import { Wire } from './wire.ts';

/** Bytes of a key in the bucket `key`: main revision, `_`, sub revision; a deletion has a `t` behind. */
const revisionBytes = 17;
const underscore = 0x5f;
const deletion = 0x74;

const u32be = (b: Uint8Array, at: number): number =>
  (((b[at] ?? 0) << 24) | ((b[at + 1] ?? 0) << 16) | ((b[at + 2] ?? 0) << 8) | (b[at + 3] ?? 0)) >>> 0;

const isNegative = (b: Uint8Array, at: number): boolean => (b[at] ?? 0) >= 0x80;

/** What a revision key says; nothing when it is none. */
export function revisionAt(
  b: Uint8Array,
  from: number,
  to: number,
): { readonly main: number; readonly isDeletion: boolean } | undefined {
  const isDeletion = to - from === revisionBytes + 1 && b[from + revisionBytes] === deletion;
  if (to - from !== revisionBytes && !isDeletion) return undefined;
  if (b[from + 8] !== underscore || isNegative(b, from) || isNegative(b, from + 9)) return undefined;
  return { main: u32be(b, from) * 2 ** 32 + u32be(b, from + 4), isDeletion };
}

/** The main revision exactly, however large. */
export const mainRevision = (key: Uint8Array): bigint =>
  new DataView(key.buffer, key.byteOffset).getBigInt64(0);

/** One version of a key as etcd stores it (`mvccpb.KeyValue`). One object serves entry after entry. */
export class Entry {
  keyFrom = 0;
  keyTo = 0;
  valueFrom = 0;
  valueTo = 0;
  createRevision = 0;
  modRevision = 0;
  version = 0;
  leaseLow = 0;
  leaseHigh = 0;
  readonly #wire = new Wire();

  get lease(): bigint {
    return BigInt.asIntN(64, (BigInt(this.leaseHigh) << 32n) | BigInt(this.leaseLow));
  }

  /** Reads what lies in `bytes` from `from` to `to`; false when that is no KeyValue. */
  read(bytes: Uint8Array, from: number, to: number): boolean {
    this.keyFrom = this.keyTo = this.valueFrom = this.valueTo = 0;
    this.createRevision = this.modRevision = this.version = this.leaseLow = this.leaseHigh = 0;
    const wire = this.#wire;
    wire.start(bytes, from, to);
    while (wire.next()) if (!this.#take(wire)) return false;
    return wire.sound;
  }

  #take(wire: Wire): boolean {
    if (wire.field <= 6 && wire.isBytes !== (wire.field === 1 || wire.field === 5)) return false;
    switch (wire.field) {
      case 1:
        [this.keyFrom, this.keyTo] = [wire.from, wire.to];
        break;
      case 2:
        this.createRevision = wire.number;
        break;
      case 3:
        this.modRevision = wire.number;
        break;
      case 4:
        this.version = wire.number;
        break;
      case 5:
        [this.valueFrom, this.valueTo] = [wire.from, wire.to];
        break;
      case 6:
        [this.leaseLow, this.leaseHigh] = [wire.low, wire.high];
        break;
      default:
    }
    return true;
  }
}

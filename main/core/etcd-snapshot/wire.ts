/**
 * Walks over a protobuf message inside larger bytes and allocates nothing. After `next` the field is described by `field`
 * and either `low` and `high` (a number of 64 bits in two halves) or `from` and `to` (where its bytes lie).
 */
export class Wire {
  field = 0;
  isBytes = false;
  low = 0;
  high = 0;
  from = 0;
  to = 0;
  /** False once something did not make sense; the walk then ends. */
  sound = true;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;

  start(bytes: Uint8Array, from: number, to: number): void {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = to;
    this.sound = true;
  }

  /** Whether there was another field. */
  next(): boolean {
    if (this.#at >= this.#end || !this.#varint()) return false;
    // Field numbers fit into 29 bits, and zero is none.
    if (this.high !== 0 || this.low >>> 3 === 0) return this.#broken();
    this.field = this.low >>> 3;
    const kind = this.low & 7;
    this.isBytes = kind === 2;
    if (kind === 0) return this.#varint();
    if (kind === 2) return this.#varint() && this.#skip(this.high === 0 ? this.low : Infinity);
    if (kind === 1 || kind === 5) return this.#skip(kind === 1 ? 8 : 4);
    return this.#broken();
  }

  /** The number as one; exact up to 2^53, and more than that for what is larger or negative. */
  get number(): number {
    return this.low + this.high * 2 ** 32;
  }
  get bigint(): bigint {
    return (BigInt(this.high) << 32n) | BigInt(this.low);
  }

  #skip(length: number): boolean {
    this.from = this.#at;
    this.to = this.#at + length;
    this.#at = this.to;
    return this.to <= this.#end || this.#broken();
  }

  #varint(): boolean {
    let [low, high] = [0, 0];
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#at >= this.#end) return this.#broken();
      const byte = this.#bytes[this.#at++] ?? 0;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) [low, high] = [low | (bits << 28), bits >>> 4];
      else if (shift < 63) high |= bits << (shift - 32);
      else high |= bits << 31;
      if (byte < 0x80) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        return true;
      }
    }
    return this.#broken();
  }

  #broken(): boolean {
    this.sound = false;
    this.#at = this.#end;
    return false;
  }
}

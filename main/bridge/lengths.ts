/** Cuts a byte stream into frames: four bytes (big endian) with a frame's length before each. */
export class Lengths {
  readonly #most: number;
  #parts: Uint8Array[] = [];
  #held = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** The frames that are complete now. Throws RangeError as soon as one announces more than `most` bytes. */
  push(chunk: Uint8Array): Uint8Array[] {
    this.#parts.push(chunk);
    this.#held += chunk.length;
    const out: Uint8Array[] = [];
    for (let length = this.#next(); length !== undefined; length = this.#next()) {
      out.push(this.#take(4 + length).subarray(4));
    }
    return out;
  }

  /** Length of the next frame once all of it is here. */
  #next(): number | undefined {
    if (this.#held < 4) return undefined;
    const head = this.#peek();
    const length = head.readUInt32BE(0);
    if (length > this.#most)
      throw new RangeError(`a frame of ${length} bytes is larger than the ${this.#most} allowed here`);
    return this.#held >= 4 + length ? length : undefined;
  }

  #peek(): Buffer {
    const first = this.#parts[0];
    if (first && first.length >= 4) return Buffer.from(first.buffer, first.byteOffset, 4);
    const all = Buffer.concat(this.#parts);
    this.#parts = [all];
    return all.subarray(0, 4);
  }

  #take(bytes: number): Buffer {
    const all =
      this.#parts.length === 1 && this.#parts[0]
        ? Buffer.from(this.#parts[0].buffer, this.#parts[0].byteOffset, this.#parts[0].length)
        : Buffer.concat(this.#parts);
    this.#parts = bytes < all.length ? [all.subarray(bytes)] : [];
    this.#held -= bytes;
    return all.subarray(0, bytes);
  }
}

/** A frame with its length before it, ready for a stream. */
export function withLength(frame: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(4 + frame.length);
  out.writeUInt32BE(frame.length, 0);
  out.set(frame, 4);
  return out;
}

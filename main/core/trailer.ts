import { createHash } from 'node:crypto';

/** An etcd snapshot is the database image followed by the SHA-256 of that image. */
export const trailerBytes = 32;
/** Images are whole pages, so their length is a multiple of the smallest page. */
const smallestPage = 512;

/**
 * `holds`: the trailer is the SHA-256 of everything before it. `broken`: there is one and it is not.
 * `missing`: the length says there is none, as in a raw copy of a database or a file cut short.
 */
export type Trailer = 'holds' | 'broken' | 'missing';

export interface Weighed {
  readonly trailer: Trailer;
  /** Of the whole file, trailer included. */
  readonly sha256: string;
  readonly bytes: number;
}

/** Weighs a snapshot as its bytes go by, holding the last 32 back because only the end tells which they are. */
export class TrailerScale {
  readonly #image = createHash('sha256');
  #held: Uint8Array = new Uint8Array(0);
  #bytes = 0;

  update(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    if (bytes.length >= trailerBytes) {
      this.#image.update(this.#held).update(bytes.subarray(0, bytes.length - trailerBytes));
      // A copy: whoever reads a file reads into the same buffer again, and Buffer's slice would share it.
      this.#held = Uint8Array.from(bytes.subarray(bytes.length - trailerBytes));
      return;
    }
    const all = Buffer.concat([this.#held, bytes]);
    const over = Math.max(0, all.length - trailerBytes);
    this.#image.update(all.subarray(0, over));
    this.#held = all.subarray(over);
  }

  end(): Weighed {
    const image = this.#image.copy().digest();
    return {
      trailer: verdict(this.#bytes, image, this.#held),
      sha256: this.#image.update(this.#held).digest('hex'),
      bytes: this.#bytes,
    };
  }
}

function verdict(bytes: number, image: Buffer, held: Uint8Array): Trailer {
  if (bytes % smallestPage !== trailerBytes || bytes <= trailerBytes) return 'missing';
  return image.equals(held) ? 'holds' : 'broken';
}

/** How many bytes may be with the terminal before the next are asked for. */
export const windowBytes = 256 * 1024;
/** The terminal parses one piece without a pause; this many bytes take it a few milliseconds. */
export const pieceBytes = 32 * 1024;

/** Cuts bytes into pieces the terminal can take without holding up the page. */
export function* pieces(bytes: Uint8Array, most = pieceBytes): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += most) yield bytes.subarray(at, at + most);
}

/**
 * Carries bytes from a feed to a terminal. `write` calls back when the terminal has taken them; no more than
 * `windowBytes` are ever on the way, so a slow terminal slows the feed and memory stays flat.
 */
export async function pump(
  feed: AsyncIterable<Uint8Array>,
  write: (bytes: Uint8Array, taken: () => void) => void,
): Promise<void> {
  const way = new OnTheWay();
  for await (const chunk of feed) {
    for (const piece of pieces(chunk)) {
      way.add(piece.length);
      write(piece, () => way.add(-piece.length));
      await way.room();
    }
  }
}

/** Counts the bytes that are with the terminal. */
class OnTheWay {
  #bytes = 0;
  #wake: () => void = () => {};
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < windowBytes) this.#wake();
  }
  /** Settles once there is room for more. */
  async room(): Promise<void> {
    if (this.#bytes >= windowBytes) await new Promise<void>(done => (this.#wake = done));
  }
}

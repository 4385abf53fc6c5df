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
  let onTheWay = 0;
  let room: (() => void) | undefined;
  for await (const chunk of feed) {
    for (const piece of pieces(chunk)) {
      onTheWay += piece.length;
      write(piece, () => {
        onTheWay -= piece.length;
        room?.();
      });
      while (onTheWay >= windowBytes) {
        await new Promise<void>(done => (room = done));
        room = undefined;
      }
    }
  }
}

import type { Socket } from 'node:net';
import { decodeFrame, encodeFrame } from '../../../preload/contract/codec.ts';
import type { Carrier } from '../../../preload/contract/frames.ts';
import { Ends } from '../../bridge/ends.ts';
import { Lengths, withLength } from '../../bridge/lengths.ts';

/** A carrier over a stream socket, for either side. `mostOut` and `mostIn` bound a frame's size in bytes. */
export function streamCarrier(
  socket: Socket,
  sizes: { readonly mostOut: number; readonly mostIn: number },
): Carrier<unknown, unknown> {
  const ends = new Ends<unknown>();
  const lengths = new Lengths(sizes.mostIn);
  socket.on('data', (chunk: Buffer) => {
    try {
      for (const bytes of lengths.push(chunk)) ends.deliver(decodeFrame(bytes, sizes.mostIn));
    } catch {
      socket.destroy();
    }
  });
  socket.on('error', () => {});
  // The other side has said all it will; nothing it asked matters any more.
  socket.on('end', () => socket.destroy());
  socket.on('close', () => ends.shut());
  return {
    post: frame => {
      const bytes = encodeFrame(frame, sizes.mostOut);
      if (ends.isOpen) socket.write(withLength(bytes));
    },
    hear: listener => ends.hear(listener),
    closed: listener => ends.closed(listener),
    close: () => {
      socket.end();
      ends.shut();
    },
  };
}

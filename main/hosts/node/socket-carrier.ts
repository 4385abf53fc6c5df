import type { WebSocket } from 'ws';
import {
  decodeFrame,
  encodeFrame,
  mostBytesToHost,
  mostBytesToPage,
} from '../../../preload/contract/codec.ts';
import type { Carrier } from '../../../preload/contract/frames.ts';
import { Ends } from '../../bridge/ends.ts';

/** The host's end of a WebSocket. What is no frame, or too large for one, ends the connection. */
export function socketCarrier(socket: WebSocket): Carrier<unknown, unknown> {
  const ends = new Ends<unknown>();
  // Shut at once: a peer that never answers the closing handshake must not keep its calls running.
  const close = (code = 1000): void => {
    socket.close(code);
    ends.shut();
  };
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    let frame: unknown;
    try {
      if (!isBinary) throw new TypeError('frames are binary');
      frame = decodeFrame(data, mostBytesToHost);
    } catch {
      return close(1002);
    }
    ends.deliver(frame);
  });
  // ws tells of a frame that is too large (1009) or broken by an error; its close follows.
  socket.on('error', () => {});
  socket.on('close', () => ends.shut());
  return {
    post: frame => {
      const bytes = encodeFrame(frame, mostBytesToPage);
      if (ends.isOpen) socket.send(bytes);
    },
    hear: listener => ends.hear(listener),
    closed: listener => ends.closed(listener),
    close: () => close(),
  };
}

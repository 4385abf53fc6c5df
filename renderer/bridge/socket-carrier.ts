import { decodeFrame, encodeFrame, mostBytesToHost, mostBytesToPage } from '../../preload/contract/codec.ts';
import type { Carrier } from '../../preload/contract/frames.ts';

/** What is used of a WebSocket: the browser's own and that of `ws` both have it. */
export interface SocketLike {
  binaryType: string;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(): void;
  addEventListener(type: 'open' | 'close', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

/** The page's end of an open WebSocket. A frame the host could not have sent ends the connection. */
function socketCarrier(socket: SocketLike): Carrier<unknown, unknown> {
  let hears: (frame: unknown) => void = () => {};
  const closed: (() => void)[] = [];
  let isOpen = true;
  const shut = (): void => {
    if (!isOpen) return;
    isOpen = false;
    for (const listener of closed.splice(0)) listener();
  };
  const close = (): void => {
    socket.close();
    shut();
  };
  socket.addEventListener('message', ({ data }) => {
    if (!isOpen) return;
    let frame: unknown;
    try {
      frame = decodeFrame(new Uint8Array(data as ArrayBuffer), mostBytesToPage);
    } catch {
      return close();
    }
    hears(frame);
  });
  socket.addEventListener('close', shut);
  return {
    post: frame => {
      const bytes = encodeFrame(frame, mostBytesToHost);
      if (isOpen) socket.send(bytes);
    },
    hear: listener => {
      hears = listener;
    },
    closed: listener => {
      if (isOpen) closed.push(listener);
      else listener();
    },
    close,
  };
}

/** A carrier once the socket is open; rejects when it closes before. */
export function openedSocket(socket: SocketLike): Promise<Carrier<unknown, unknown>> {
  socket.binaryType = 'arraybuffer';
  return new Promise((done, failed) => {
    socket.addEventListener('open', () => done(socketCarrier(socket)));
    socket.addEventListener('close', () => failed(new Error('the socket closed before it was open')));
  });
}

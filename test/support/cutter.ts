import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** A TCP relay on loopback that counts bytes and can cut the cable. */
export interface Cutter {
  readonly port: number;
  /** Bytes passed towards the server and back since the start. */
  readonly sent: number;
  readonly received: number;
  /** How many connections came through so far. */
  readonly connections: number;
  /** Cuts once so many more bytes have passed in this direction. */
  cutAfter(direction: 'sent' | 'received', bytes: number): void;
  /** Cuts every connection now, without a goodbye. */
  cut(): void;
  close(): Promise<void>;
}

/** `delayMs` holds every byte back for so long in each direction. */
export async function cutter(to: number, delayMs = 0): Promise<Cutter> {
  const passed = { sent: 0, received: 0 };
  const limits = { sent: Number.POSITIVE_INFINITY, received: Number.POSITIVE_INFINITY };
  let connections = 0;
  const sockets = new Set<Socket>();
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
    sockets.clear();
  };
  const relay = (from: Socket, into: Socket, direction: 'sent' | 'received'): void => {
    sockets.add(from);
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      into.destroy();
    });
    from.on('data', bytes => {
      passed[direction] += bytes.length;
      if (passed[direction] >= limits[direction]) {
        limits[direction] = Number.POSITIVE_INFINITY;
        return cut();
      }
      if (delayMs > 0) setTimeout(() => into.write(bytes), delayMs);
      else if (!into.write(bytes)) from.pause();
      return undefined;
    });
    into.on('drain', () => from.resume());
    from.on('end', () => setTimeout(() => into.end(), delayMs));
  };
  const server = createServer(client => {
    connections++;
    const upstream = connect({ port: to, host: '127.0.0.1', noDelay: true });
    client.setNoDelay(true);
    relay(client, upstream, 'sent');
    relay(upstream, client, 'received');
  }).listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get sent() {
      return passed.sent;
    },
    get received() {
      return passed.received;
    },
    get connections() {
      return connections;
    },
    cutAfter: (direction, bytes) => void (limits[direction] = passed[direction] + bytes),
    cut,
    close: async () => {
      cut();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** The same, closed when the test ends. */
export async function startCutter(t: TestContext, to: number, delayMs = 0): Promise<Cutter> {
  const relay = await cutter(to, delayMs);
  t.after(() => relay.close());
  return relay;
}

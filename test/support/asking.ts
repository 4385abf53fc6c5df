import { once } from 'node:events';
import type { Server } from 'node:net';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { Knocked, Talk } from '../../main/core/lan/sighting.ts';
import { greet } from '../../main/links/ssh/greet.ts';
import { networkSenses } from '../../main/machine/network/senses.ts';
import type { Question } from '../../main/ports.ts';

/** The senses of this computer. Tests ask on loopback and in namespaces of their own only. */
export const senses = networkSenses({ greet });

/** Lets a server listen on loopback until the test ends; gives its port. */
export async function serving(t: TestContext, server: Server): Promise<number> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket.on('error', () => undefined).on('close', () => open.delete(socket)));
  });
  t.after(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A port on which every connection is handed to `behave`. */
export const hostile = (t: TestContext, behave: (socket: Socket) => void): Promise<number> =>
  serving(t, createServer(behave));

/** Asks on loopback. */
export const asked = (
  port: number,
  question: Question,
  { talkMs = 5000, signal = AbortSignal.timeout(20_000) } = {},
): Promise<Knocked> =>
  senses.ask({ address: '127.0.0.1', port }, question, { connectMs: 2000, talkMs, signal });

/** What an open port said; throws when it is not open. */
export function said(knocked: Knocked): Talk {
  if (knocked.is !== 'open') throw new Error(`expected an open port, got ${JSON.stringify(knocked)}`);
  return knocked.talk;
}

/** Connections this process still holds to `port`. */
export const left = (port: number): number =>
  // Node has no public list of sockets; this one is for finding leaks.
  (process as unknown as { _getActiveHandles(): readonly { readonly remotePort?: number }[] })
    ._getActiveHandles()
    .filter(({ remotePort }) => remotePort === port).length;

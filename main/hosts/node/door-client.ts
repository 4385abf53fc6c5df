import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { client } from '../../../preload/contract/client.ts';
import type { Client } from '../../../preload/contract/client.ts';
import { mostBytesToHost, mostBytesToPage } from '../../../preload/contract/codec.ts';
import type { World } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { LinkAnswer, LinkAsk } from '../../../preload/contract/frames.ts';
import { sayHello } from '../../../preload/contract/hello.ts';
import { streamCarrier } from './stream-carrier.ts';

const nobody = (path: string, cause?: unknown): FieldError =>
  new FieldError(
    {
      code: 'held-elsewhere',
      says: 'Another Coldstart holds this home, but it takes no calls from other programs.',
      about: path,
      untouched: 'Nothing was done.',
      next: 'Wait until it has ended, or end it, and run the command again.',
    },
    { cause },
  );

function connected(path: string): Promise<Socket> {
  return new Promise((done, failed) => {
    const socket = connect(path);
    socket.once('error', cause => failed(nobody(path, cause)));
    socket.once('connect', () => done(socket));
  });
}

const sizes = { mostOut: mostBytesToHost, mostIn: mostBytesToPage };

/**
 * A client of the Coldstart that holds a home, over the home's door. Close it when done. Throws `held-elsewhere` when
 * nobody answers there, `gone-away` when it went before its welcome or `signal` aborts the waiting for that, and the
 * host's own failure when it refuses.
 */
export async function clientAtDoor(path: string, world: World, signal?: AbortSignal): Promise<Client> {
  const carrier = streamCarrier(await connected(path), sizes);
  const leave = (): void => carrier.close();
  signal?.addEventListener('abort', leave, { once: true });
  try {
    return client(await sayHello(carrier, { t: 'hello', world }));
  } finally {
    signal?.removeEventListener('abort', leave);
  }
}

/** A fresh one-time link to the page of the Coldstart that holds a home. Throws as `clientAtDoor` does. */
export async function linkFromDoor(path: string): Promise<string> {
  const carrier = streamCarrier(await connected(path), sizes);
  return await new Promise((done, failed) => {
    carrier.closed(() => failed(nobody(path)));
    carrier.hear(raw => {
      const answer = raw as LinkAnswer;
      if (answer.t === 'link') done(answer.url);
      else failed(new FieldError(answer.failure));
      carrier.close();
    });
    carrier.post({ t: 'link' } satisfies LinkAsk);
  });
}

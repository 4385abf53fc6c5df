import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { mostBytesToHost, mostBytesToPage } from '../../../preload/contract/codec.ts';
import type { World } from '../../../preload/contract/domain.ts';
import { failureOf, FieldError } from '../../../preload/contract/failure.ts';
import type { LinkAnswer } from '../../../preload/contract/frames.ts';
import type { ServeOptions } from '../../bridge/serve.ts';
import { welcome } from '../welcome.ts';
import type { Worlds } from '../worlds.ts';
import { streamCarrier } from './stream-carrier.ts';

export interface DoorOptions {
  /** Path of the Unix socket, or name of the pipe on Windows. */
  readonly path: string;
  /** The one world behind this door. */
  readonly world: World;
  readonly worlds: Worlds;
  /** Gives a fresh link to the page. Throws when there is no page to link to. */
  readonly link?: () => string;
  readonly serve?: ServeOptions;
}

export interface HomeDoor {
  /**
   * Waits until nobody is at the door any more, then lets nobody in. Whoever comes in between is served to the end.
   * Ends at once when `hurry` aborts.
   */
  drain(hurry: AbortSignal): Promise<void>;
  /** Sends everybody away. */
  close(): Promise<void>;
}

const noPage = (): FieldError =>
  new FieldError({
    code: 'could-not',
    says: 'The Coldstart that is running has no page in a browser.',
    untouched: 'Nothing was changed.',
    next: 'Use its window, or end it and run `npm run start:browser`.',
  });

const otherWorld = (world: World): FieldError =>
  new FieldError({
    code: 'practice-only',
    says:
      world === 'practice' ? 'This door leads to the practice world.' : 'This door leads to the real world.',
    untouched: 'Nothing was done.',
    next: 'Add or leave out --practice.',
  });

function linkAnswer(link: DoorOptions['link']): LinkAnswer {
  try {
    if (!link) throw noPage();
    return { t: 'link', url: link() };
  } catch (thrown) {
    return { t: 'refused', failure: failureOf(thrown) };
  }
}

function meet(socket: Socket, options: DoorOptions): void {
  const carrier = streamCarrier(socket, { mostOut: mostBytesToPage, mostIn: mostBytesToHost });
  const impatient = setTimeout(() => carrier.close(), 5_000);
  carrier.closed(() => clearTimeout(impatient));
  carrier.hear(first => {
    clearTimeout(impatient);
    if ((first as { t?: unknown } | null)?.t === 'link') {
      carrier.post(linkAnswer(options.link));
      return carrier.close();
    }
    const gate = (hello: { readonly world: World }) =>
      hello.world === options.world ? undefined : otherWorld(options.world).failure;
    void welcome(carrier, first, options.worlds, gate, options.serve);
  });
}

/**
 * Opens the door of a home for other programs of the same user: a socket only this user may connect to (0600). A socket
 * file left by a killed process is replaced; call this only while holding the home.
 */
export async function openHomeDoor(options: DoorOptions): Promise<HomeDoor> {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    meet(socket, options);
  });
  const nobodyLeft = async (hurry: AbortSignal): Promise<void> => {
    const stop = new Promise<void>(done => hurry.addEventListener('abort', () => done(), { once: true }));
    while (sockets.size > 0 && !hurry.aborted) {
      const [first] = sockets;
      await Promise.race([stop, new Promise<void>(done => first?.once('close', () => done()))]);
    }
  };
  let closed: Promise<void> | undefined;
  const shut = (): Promise<void> => (closed ??= new Promise<void>(done => server.close(() => done())));
  const isFile = process.platform !== 'win32';
  if (isFile) rmSync(options.path, { force: true });
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    // The socket file is made inside listen(); the mask closes it to others from its first moment on.
    const before = process.umask(0o177);
    try {
      server.listen(options.path, () => done());
    } finally {
      process.umask(before);
    }
  });
  return {
    drain: async hurry => {
      await nobodyLeft(hurry);
      void shut();
      await nobodyLeft(hurry);
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await shut();
      if (isFile) rmSync(options.path, { force: true });
    },
  };
}

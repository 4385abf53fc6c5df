import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { FieldError } from '../../../preload/contract/failure.ts';
import { mostBytesToHost } from '../../../preload/contract/codec.ts';
import type { World } from '../../../preload/contract/domain.ts';
import type { ServeOptions } from '../../bridge/serve.ts';
import { pageFile, pageHeaders } from '../page-files.ts';
import { welcome } from '../welcome.ts';
import type { Worlds } from '../worlds.ts';
import { Guests } from './guests.ts';
import { noCookie, notBuilt, notThere, onwards, usedLink } from './pages.ts';
import { cookieOf, isOurHost, isOurOrigin } from './request.ts';
import { socketCarrier } from './socket-carrier.ts';

export interface LoopbackOptions {
  /** The built page. */
  readonly pageFolder: string;
  readonly worlds: Worlds;
  /** The world a link leads to. */
  readonly world: World;
  /** 0 takes any free port. */
  readonly port: number;
  readonly guests?: Guests;
  readonly serve?: ServeOptions;
  /** How long a socket may be silent before its first frame, in ms. */
  readonly helloMs?: number;
  /** How long a request may take to arrive, in ms. */
  readonly requestMs?: number;
}

export interface Loopback {
  readonly port: number;
  /** A new link: good once, for a minute. */
  link(): string;
  /** Ends every page's connection and the server. */
  close(): Promise<void>;
}

const noKey = {
  code: 'refused',
  says: 'This page has no key to Coldstart: only the first page opened by a link gets one.',
  untouched: 'Nothing was changed.',
  next: 'Open a new link: press Enter in the terminal where Coldstart runs, or run `coldstart link`.',
} as const;

/** How many pages may be connected at once. */
const mostSockets = 64;
/** How many connections may be open at once, pages and requests together. */
const mostConnections = 256;

/** The host a request was sent to; undefined for one that names none, or several. */
const hostOf = ({ headersDistinct }: IncomingMessage): string | undefined =>
  headersDistinct['host']?.length === 1 ? headersDistinct['host'][0] : undefined;
const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?', 1)[0] ?? '/';

function send(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    ...pageHeaders,
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'Cache-Control': 'no-store',
    ...headers,
  });
  response.end(body);
}

/** The page's index with the key for this one load; the page moves it to its session storage and removes it. */
const withKey = (index: Buffer, key: string | undefined): Buffer =>
  key === undefined
    ? index
    : Buffer.from(
        index.toString('utf8').replace('<head>', `<head><meta name="coldstart-key" content="${key}">`),
      );

class Door {
  readonly #options: LoopbackOptions;
  readonly #guests: Guests;
  port = 0;

  constructor(options: LoopbackOptions) {
    this.#options = options;
    this.#guests = options.guests ?? new Guests();
  }

  link(): string {
    return `http://127.0.0.1:${this.port}/open/${this.#guests.newLink()}`;
  }

  /** Cookies ignore ports, so the name says which Coldstart it is for. */
  get cookieName(): string {
    return `coldstart-${this.port}`;
  }

  #cookie(request: IncomingMessage): string | undefined {
    return cookieOf(request.headers, this.cookieName);
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const plain = { 'Content-Type': 'text/plain; charset=utf-8' };
    // Before anything else, so that a request meant for another host can never spend a link.
    if (!isOurHost(hostOf(request)))
      return send(response, 421, 'This is not the host you asked for.\n', plain);
    if (request.headers.origin !== undefined && !isOurOrigin(request.headers))
      return send(response, 403, 'Only the page of Coldstart itself may ask.\n', plain);
    if (request.method !== 'GET')
      return send(response, 405, 'Only GET is answered here.\n', { ...plain, Allow: 'GET' });
    const path = pathOf(request);
    if (path.startsWith('/open/')) return this.#open(request, response, path.slice('/open/'.length));
    if (!this.#guests.isGuest(this.#cookie(request))) return send(response, 401, noCookie);
    return await this.#file(request, response, path);
  }

  #open(request: IncomingMessage, response: ServerResponse, token: string): void {
    const to = this.#options.world === 'practice' ? '/?world=practice' : '/';
    const cookie = this.#guests.spend(token);
    if (cookie !== undefined) {
      const set = `${this.cookieName}=${cookie}; HttpOnly; SameSite=Strict; Path=/`;
      return send(response, 200, onwards(to), { 'Set-Cookie': set });
    }
    // Going back in the history of a page that was let in is no reason to lock it out.
    if (this.#guests.isGuest(this.#cookie(request))) return send(response, 200, onwards(to));
    return send(response, 410, usedLink);
  }

  async #file(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const file = await pageFile(this.#options.pageFolder, path);
    if (!file) return send(response, 404, path === '/' ? notBuilt : notThere);
    const isIndex = path === '/' || path === '/index.html';
    send(
      response,
      200,
      isIndex ? withKey(file.content, this.#guests.keyFor(this.#cookie(request))) : file.content,
      {
        'Content-Type': file.type,
        ...(file.lasting ? { 'Cache-Control': 'private, max-age=31536000, immutable' } : {}),
      },
    );
  }

  /** Why this request may not become a socket; undefined when it may. */
  barred(request: IncomingMessage): string | undefined {
    if (!isOurHost(hostOf(request))) return '421 Misdirected Request';
    if (!isOurOrigin(request.headers)) return '403 Forbidden';
    if (pathOf(request) !== '/socket') return '404 Not Found';
    if (!this.#guests.isGuest(this.#cookie(request))) return '401 Unauthorized';
    return undefined;
  }

  /** Serves one socket from its first frame on. */
  meet(request: IncomingMessage, carrier: ReturnType<typeof socketCarrier>): void {
    const cookie = this.#cookie(request);
    const impatient = setTimeout(() => carrier.close(), this.#options.helloMs ?? 5_000);
    carrier.closed(() => clearTimeout(impatient));
    carrier.hear(first => {
      clearTimeout(impatient);
      const gate = (hello: { readonly key?: string }) =>
        this.#guests.holdsKey(cookie, hello.key) ? undefined : noKey;
      void welcome(carrier, first, this.#options.worlds, gate, this.#options.serve);
    });
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((done, failed) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      failed(
        new FieldError(
          {
            code: 'could-not',
            says:
              cause.code === 'EADDRINUSE'
                ? `Port ${port} is taken by another program.`
                : `Port ${port} cannot be used: ${cause.message}.`,
            about: `127.0.0.1:${port}`,
            untouched: 'Nothing was changed.',
            next: 'Leave out --port to take any free one, or choose another.',
          },
          { cause },
        ),
      ),
    );
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () =>
      done((server.address() as AddressInfo).port),
    );
  });
}

/** Refuses an upgrade before any WebSocket exists, and does not wait for the other side to hang up. */
function turnAway(socket: Duplex, status: string): void {
  socket.on('error', () => {});
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

/** Opens the door on 127.0.0.1. Throws `could-not` when the port is taken. */
export async function openLoopback(options: LoopbackOptions): Promise<Loopback> {
  const door = new Door(options);
  const requestMs = options.requestMs ?? 10_000;
  // Whoever sends a request drop by drop, or never, holds a connection; so they are let go early, and counted.
  const patience = {
    headersTimeout: requestMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: Math.ceil(requestMs / 5),
  };
  const server = createServer(patience, (request, response) => {
    door.answer(request, response).catch((thrown: unknown) => {
      options.serve?.onBug?.(thrown, 'page');
      response.destroy();
    });
  });
  server.maxConnections = mostConnections;
  const { WebSocketServer } = await import('ws');
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: mostBytesToHost,
    perMessageDeflate: false,
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const barred = sockets.clients.size >= mostSockets ? '503 Service Unavailable' : door.barred(request);
    if (barred !== undefined) return turnAway(socket, barred);
    sockets.handleUpgrade(request, socket, head, opened => door.meet(request, socketCarrier(opened)));
  });
  door.port = await listen(server, options.port);
  return {
    port: door.port,
    link: () => door.link(),
    close: async () => {
      const closed = new Promise<void>(done => server.close(() => done()));
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await closed;
    },
  };
}

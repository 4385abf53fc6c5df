import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { WebSocket } from 'ws';
import type { Handlers } from '../../main/bridge/handlers.ts';
import { openLoopback } from '../../main/hosts/node/loopback.ts';
import type { Loopback, LoopbackOptions } from '../../main/hosts/node/loopback.ts';
import { worldsFrom } from '../../main/hosts/worlds.ts';
import type { OpenWorld } from '../../main/hosts/worlds.ts';
import type { World } from '../../preload/contract/domain.ts';
import type { Hello, PageCarrier } from '../../preload/contract/frames.ts';
import { sayHello } from '../../preload/contract/hello.ts';
import { openedSocket } from '../../renderer/bridge/socket-carrier.ts';
import { folder } from './folder.ts';
import { answering } from './handlers.ts';

/** A folder with a small page: an index and one file. */
export function somePage(t: TestContext): string {
  const path = folder(t);
  mkdirSync(join(path, 'assets'));
  writeFileSync(
    join(path, 'index.html'),
    '<!doctype html><html><head><title>Coldstart</title></head></html>',
  );
  writeFileSync(join(path, 'assets', 'index-abc.js'), 'export {};');
  return path;
}

/** A loopback door that is closed after the test. */
export async function loopback(
  t: TestContext,
  given: Partial<LoopbackOptions> & {
    readonly handlers?: Handlers;
    readonly openWorld?: (world: World) => Promise<OpenWorld>;
  } = {},
): Promise<Loopback> {
  const handlers = given.handlers ?? answering({});
  const worlds = worldsFrom(
    given.openWorld ?? (async () => ({ handlers, home: '/nowhere', close: async () => {} })),
  );
  const door = await openLoopback({
    pageFolder: given.pageFolder ?? somePage(t),
    worlds,
    world: 'real',
    port: 0,
    ...given,
  });
  t.after(() => door.close());
  return door;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One request exactly as given, on a connection of its own. */
export function ask(
  port: number,
  path: string,
  options: { readonly method?: string; readonly headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((done, failed) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: options.method ?? 'GET',
        agent: false,
        headers: { Host: `127.0.0.1:${port}`, ...options.headers },
      },
      response => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => (body += text));
        response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, body }));
      },
    );
    asked.on('error', failed);
    asked.end();
  });
}

/** The path of a link. */
export const pathOf = (link: string): string => new URL(link).pathname;

export const cookieIn = (answer: Answer): string =>
  (answer.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';

export const keyIn = (answer: Answer): string | undefined =>
  /<meta name="coldstart-key" content="([^"]+)">/.exec(answer.body)?.[1];

export interface PageGuest {
  readonly cookie: string;
  readonly key: string;
  /** A socket, upgraded or refused. `headers` replace what a page of ours would send. */
  socket(headers?: Record<string, string>): Promise<WebSocket>;
  /** A carrier after its hello. */
  carrier(hello?: Partial<Hello>): Promise<PageCarrier>;
}

/** Goes through a link as a browser does: cookie, then the page with its key. */
export async function letIn(door: Pick<Loopback, 'port' | 'link'>): Promise<PageGuest> {
  const { port } = door;
  const cookie = cookieIn(await ask(port, pathOf(door.link())));
  const key = keyIn(await ask(port, '/', { headers: { Cookie: cookie } }));
  assert.ok(key, 'the first page got no key');
  const socket = async (headers: Record<string, string> = {}): Promise<WebSocket> =>
    await upgraded(port, {
      Host: `127.0.0.1:${port}`,
      Origin: `http://127.0.0.1:${port}`,
      Cookie: cookie,
      ...headers,
    });
  return {
    cookie,
    key,
    socket,
    carrier: async hello => {
      const opened = unopened(port, {
        Host: `127.0.0.1:${port}`,
        Origin: `http://127.0.0.1:${port}`,
        Cookie: cookie,
      });
      return await sayHello(await openedSocket(opened), {
        t: 'hello',
        world: 'real',
        key,
        ...hello,
      });
    },
  };
}

function unopened(port: number, headers: Record<string, string>): WebSocket {
  return new WebSocket(`ws://127.0.0.1:${port}/socket`, { headers });
}

/** An open socket, or an error that names the status it was refused with. */
function upgraded(port: number, headers: Record<string, string>): Promise<WebSocket> {
  return new Promise((done, failed) => {
    const socket = unopened(port, headers);
    socket.once('open', () => done(socket));
    socket.on('error', failed);
  });
}

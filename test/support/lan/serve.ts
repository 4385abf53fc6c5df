import { createServer as createHttp } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { Routes, Service } from './orders.ts';

const answering =
  (routes: Routes, clockOffsetSeconds = 0) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const answer = routes[request.url ?? '/'] ?? routes['*'];
    response.sendDate = false;
    response.setHeader('Date', new Date(Date.now() + clockOffsetSeconds * 1000).toUTCString());
    if (answer === undefined) return void response.writeHead(404).end();
    response.writeHead(answer.status, { 'Content-Type': answer.type, ...answer.headers }).end(answer.body);
  };

/** As much as the far side takes; a flood must not need its whole size in memory. */
async function say(socket: Socket, bytes: Buffer, times: number): Promise<void> {
  for (let left = times; left > 0 && !socket.destroyed; left -= 1)
    if (!socket.write(bytes)) await new Promise(done => socket.once('drain', done).once('close', done));
}

function server(service: Service): Server {
  switch (service.is) {
    case 'tls': {
      const { cert, key, demands, routes, clockOffsetSeconds } = service;
      const asked = { cert, key, requestCert: true, rejectUnauthorized: demands !== undefined };
      const ca = demands === undefined ? {} : { ca: demands };
      return createHttps({ ...asked, ...ca }, answering(routes, clockOffsetSeconds));
    }
    case 'http':
      return createHttp(answering(service.routes));
    case 'tarpit':
      return createServer(socket => socket.resume());
    case 'says':
      return createServer(socket => {
        socket.resume();
        void say(socket, Buffer.from(service.bytes, 'base64'), service.times);
      });
    default:
      return service satisfies never;
  }
}

/** Serves one port on a socket that listens already. */
export function serve(service: Service, fd: number): void {
  const serving = server(service);
  serving.on('connection', (socket: Socket) => socket.on('error', () => undefined));
  serving.on('tlsClientError', () => undefined);
  serving.on('error', error => process.stderr.write(`socket ${fd}: ${error.message}\n`));
  serving.listen({ fd });
}

import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect as tlsConnect } from 'node:tls';
import type { Duplex } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { Got, NodeAddress } from '../../ports.ts';
import { cancelled } from '../../../preload/contract/failure.ts';

/** ssh2 says with these numbers why a channel was not opened (RFC 4254, 5.1). */
const connectFailed = 2;
/** Prohibited, a kind of channel it does not know, or no room for one. */
const prohibited = [1, 3, 4];

/** What a tunnel that did not open means: the node forbids it, or nobody listens there. */
export function tunnelFailure(thrown: unknown, name: string, port: number): unknown {
  const reason = (thrown as { reason?: number }).reason;
  const about = `${name}, port ${port}`;
  if (reason === connectFailed)
    return new FieldError(
      {
        code: 'unreachable',
        says: `Nothing listens on port ${port} of ${name} itself.`,
        about,
        untouched: 'Nothing was changed on the node.',
        next: 'Start what should listen there, or leave it out.',
      },
      { cause: thrown },
    );
  if (reason !== undefined && prohibited.includes(reason))
    return new FieldError(
      {
        code: 'refused',
        says: `${name} forbids connections through SSH.`,
        about,
        untouched: 'Nothing was changed on the node.',
        next: 'Its sshd has AllowTcpForwarding no, or permits other ports only. What can be asked by a command is asked so.',
      },
      { cause: thrown },
    );
  return thrown;
}

const overTls = (through: Duplex, { tls }: NodeAddress): Promise<Duplex> =>
  new Promise((done, failed) => {
    if (!tls) {
      done(through);
      return;
    }
    const socket = tlsConnect({
      socket: through,
      host: '127.0.0.1',
      ca: tls.ca,
      cert: tls.cert,
      ...(tls.key && { key: tls.key.reveal() }),
      minVersion: 'TLSv1.2',
    });
    socket.once('secureConnect', () => done(socket));
    socket.once('error', failed);
    socket.once('close', () => failed(new Error('the connection was closed before it was safe')));
  });

/**
 * Asks a server on the node itself over HTTP, through an open tunnel. Throws `timed-out`, and `could-not` when more than
 * `mostBytes` come or it is no HTTP. Never `refused`: that says that the node forbids tunnels.
 */
export async function getThrough(
  through: Duplex,
  address: NodeAddress,
  options: { readonly signal: AbortSignal; readonly timeoutMs: number; readonly mostBytes: number },
  name: string,
): Promise<Got> {
  const about = `${name}, port ${address.port}${address.path}`;
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(cancelled('Asking for metrics'));
  const late = setTimeout(() => stopped.reject(tooSlow(about, options.timeoutMs)), options.timeoutMs);
  options.signal.addEventListener('abort', stop, { once: true });
  if (options.signal.aborted) stop();
  through.once('error', stopped.reject);
  const asking = overTls(through, address)
    .then(socket => answered(socket, address))
    .then(answer => body(answer, options.mostBytes, about));
  try {
    return await Promise.race([asking, stopped.promise]);
  } catch (thrown) {
    throw thrown instanceof FieldError ? thrown : noAnswer(thrown, about);
  } finally {
    clearTimeout(late);
    options.signal.removeEventListener('abort', stop);
    // Whoever gave up on it does not hear how it ends.
    asking.catch(() => undefined);
    through.destroy();
  }
}

function answered(socket: Duplex, { port, path }: NodeAddress): Promise<IncomingMessage> {
  return new Promise((done, failed) => {
    const headers = {
      host: `127.0.0.1:${port}`,
      accept: 'text/plain;version=0.0.4',
      'accept-encoding': 'gzip',
      connection: 'close',
    };
    request({ createConnection: () => socket, host: '127.0.0.1', path, headers })
      .once('error', failed)
      .once('response', done)
      .end();
  });
}

async function body(answer: IncomingMessage, mostBytes: number, about: string): Promise<Got> {
  const plain = answer.headers['content-encoding'] === 'gzip' ? answer.pipe(createGunzip()) : answer;
  answer.once('error', thrown => plain.destroy(thrown));
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of plain) {
    bytes += (part as Buffer).length;
    if (bytes > mostBytes) throw tooMuch(about, mostBytes);
    parts.push(part as Buffer);
  }
  return { status: answer.statusCode ?? 0, body: Buffer.concat(parts) };
}

const untouched = 'Nothing was changed on the node.';
const tooSlow = (about: string, ms: number): FieldError =>
  new FieldError({
    code: 'timed-out',
    says: `No answer came within ${Math.round(ms / 1000)} seconds.`,
    about,
    untouched,
    next: 'It is asked again next time. A node that swaps or whose disk hangs answers late.',
  });
const tooMuch = (about: string, most: number): FieldError =>
  new FieldError({
    code: 'could-not',
    says: `More than ${Math.round(most / 2 ** 20)} MiB came; that cannot be a node’s metrics.`,
    about,
    untouched: 'Nothing of it was stored.',
    next: 'Look at what listens there.',
  });
const noAnswer = (cause: unknown, about: string): FieldError =>
  new FieldError(
    {
      code: 'could-not',
      says: 'The answer could not be read.',
      about,
      untouched,
      next: `It is asked again next time. (${cause instanceof Error ? cause.message : String(cause)})`,
    },
    { cause },
  );

import { connect } from 'node:net';
import type { Socket, NetConnectOpts } from 'node:net';
import { FieldError, cancelled } from '../../../../preload/contract/failure.ts';
import type { LineSettings } from '../../../../preload/contract/serial.ts';
import type { PortName } from '../../../core/serial/port-name.ts';
import type { Line } from '../../../ports.ts';
import { Ears, Turns, couldNot, goneAway } from './ears.ts';

/** How long a serial server gets to take the connection. */
const patienceMs = 10_000;
/** A server that lost its power says nothing; the laptop's system then asks it this often. */
const aliveEveryMs = 10_000;

type SocketName = Exclude<PortName, { is: 'device' }>;

/** Connects, or throws `unreachable`, `no-such-thing`, `not-writable` or `cancelled`. The socket is not flowing yet. */
export async function connected(name: SocketName, about: string, signal: AbortSignal): Promise<Socket> {
  if (signal.aborted) throw cancelled('Opening the port');
  const where: NetConnectOpts =
    name.is === 'unix' ? { path: name.path } : { host: name.host, port: name.port };
  const socket = connect(where);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = (): void => reject(cancelled('Opening the port'));
  const late = setTimeout(() => reject(silent(about)), patienceMs);
  signal.addEventListener('abort', stop, { once: true });
  socket.once('connect', resolve);
  socket.once('error', thrown => reject(refused(thrown, name, about)));
  try {
    await promise;
  } catch (thrown) {
    socket.on('error', () => undefined);
    socket.destroy();
    throw thrown;
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', stop);
  }
  if (name.is !== 'unix') socket.setNoDelay(true).setKeepAlive(true, aliveEveryMs);
  return socket;
}

/** Ends the line when the socket ends, for whatever reason. */
export function endWith(socket: Socket, ears: Ears): void {
  socket.on('error', thrown => ears.lose(`The connection broke: ${thrown.message}.`));
  socket.on('end', () => ears.lose('The far side closed the connection.'));
  socket.on('close', () => ears.lose('The connection was closed.'));
}

/** Settles when the system has taken the bytes. */
export const written = (socket: Socket, bytes: Uint8Array, port: string): Promise<void> =>
  new Promise((done, failed) => {
    socket.write(bytes, thrown => {
      if (thrown) failed(goneAway(port, 'The connection broke while sending.', thrown));
      else done();
    });
  });

/** A raw socket as a line: it has no speed, no control lines and no BREAK. */
export async function socketLine(
  port: string,
  name: SocketName,
  settings: LineSettings,
  signal: AbortSignal,
): Promise<Line> {
  const socket = await connected(name, port, signal);
  const ears = new Ears();
  const turns = new Turns();
  endWith(socket, ears);
  socket.on('data', bytes => ears.tell(bytes));
  return {
    port,
    settings,
    can: { speed: false, controlLines: false, sendBreak: false },
    hear: listener => ears.hear(listener),
    send: bytes => turns.take(() => ears.unlessLost(port, () => written(socket, bytes, port))),
    set: () => Promise.resolve(),
    raise: () => Promise.reject(lacks(port, 'control lines')),
    sendBreak: () => Promise.reject(lacks(port, 'BREAK')),
    lost: ears.lost,
    close() {
      ears.lose('The port was closed.');
      socket.destroy();
      return Promise.resolve();
    },
  };
}

const lacks = (about: string, what: string): FieldError =>
  couldNot(
    about,
    `A plain connection carries no ${what}.`,
    'Where the serial server speaks RFC 2217, open it as rfc2217://host:port.',
  );

const silent = (about: string): FieldError =>
  new FieldError({
    code: 'unreachable',
    says: `No answer within ${patienceMs / 1000} s.`,
    about,
    untouched: 'Nothing was sent.',
    next: 'Check the address and the network cable of the serial server.',
  });

function refused(thrown: Error, name: SocketName, about: string): FieldError {
  const code = 'code' in thrown ? String(thrown.code) : '';
  if (name.is === 'unix' && code === 'ENOENT')
    return new FieldError(
      {
        code: 'no-such-thing',
        says: 'There is no such socket on this laptop.',
        about,
        untouched: 'Nothing was opened.',
        next: 'Check the path; the program that offers it may not be running.',
      },
      { cause: thrown },
    );
  if (code === 'EACCES' || code === 'EPERM')
    return new FieldError(
      {
        code: 'not-writable',
        says: 'Your account may not use this socket.',
        about,
        untouched: 'Nothing was opened.',
        next: 'Give your account the right to it, or start the program that offers it as yourself.',
      },
      { cause: thrown },
    );
  const says = words[code] ?? `The connection could not be made (${code || thrown.message}).`;
  return new FieldError(
    {
      code: 'unreachable',
      says,
      about,
      untouched: 'Nothing was sent.',
      next: 'Check address and port, and that the serial server is on and nobody else is connected to it.',
    },
    { cause: thrown },
  );
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nobody takes connections there.',
  ENOTFOUND: 'This name is not known on the network.',
  EAI_AGAIN: 'The name could not be looked up: there is no name server.',
  EHOSTUNREACH: 'There is no way to this address.',
  ENETUNREACH: 'There is no network to this address.',
  ETIMEDOUT: 'The address does not answer.',
};

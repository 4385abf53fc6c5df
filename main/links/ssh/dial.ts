import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2 from 'ssh2';
import type { Client, ServerHostKeyAlgorithm } from 'ssh2';
import { cancelled, FieldError } from '../../../preload/contract/failure.ts';
import { hostKeyAlgorithms } from '../../core/known-hosts.ts';
import { corked } from './corked.ts';
import { knownHostsOf, refusal } from './host-keys.ts';
import type { OfferedKey } from './host-keys.ts';
import { Login } from './logins.ts';
import type { Means } from './logins.ts';
import type { Hop } from './route.ts';
import { handshakeFailure, unreachable, unreachableBehind } from './unreachable.ts';
import { Wire } from './wire.ts';

/** What dialling needs to know besides the way. */
export interface Dialling {
  readonly ownKnownHosts: string;
  meansFor(hop: Hop): Means;
  /** Hears of every host key a server shows, trusted or not. */
  offered(key: OfferedKey): void;
}

const connectMs = 10_000;
const greetMs = 20_000;
/** A dead link is noticed within 40 s, and NAT tables stay warm. */
const keepaliveMs = 10_000;
const mostMissedKeepalives = 3;

/** What ssh2 can check, best first. */
const hostKeyTypes = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
];

/** Connects hop by hop and logs in at each; gives the connection to the last one, which owns the ones before it. */
export async function dial(route: readonly Hop[], dialling: Dialling, signal: AbortSignal): Promise<Wire> {
  let wire: Wire | undefined;
  let jump: Hop | undefined;
  try {
    for (const hop of route) {
      const socket = wire && jump ? await through(wire, jump, hop, signal) : await tcp(hop, signal);
      wire = await greet(hop, socket, dialling, wire, signal);
      jump = hop;
    }
  } catch (thrown) {
    await wire?.close();
    throw thrown;
  }
  if (!wire) throw new RangeError('a route has at least one hop');
  return wire;
}

function tcp(hop: Hop, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(cancelled('Connecting'));
    const socket = connect({ host: hop.host, port: hop.port, noDelay: true });
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      socket.off('error', fail);
    };
    const fail = (cause: unknown): void => {
      settle();
      socket.on('error', () => undefined).destroy();
      reject(signal.aborted ? cancelled('Connecting') : unreachable(hop, cause));
    };
    const stop = (): void => fail(signal.reason);
    const timer = setTimeout(
      () => fail(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })),
      connectMs,
    );
    signal.addEventListener('abort', stop, { once: true });
    socket.once('error', fail).once('connect', () => {
      settle();
      resolve(socket);
    });
  });
}

async function through(wire: Wire, jump: Hop, hop: Hop, signal: AbortSignal): Promise<Duplex> {
  try {
    return await wire.forward(hop.host, hop.port, signal);
  } catch (thrown) {
    if (thrown instanceof FieldError) throw thrown;
    throw unreachableBehind(hop, jump, thrown as Error);
  }
}

/** Greets, checks the host key and logs in over an open socket, which is closed when any of it fails. */
async function greet(
  hop: Hop,
  socket: Duplex,
  dialling: Dialling,
  before: Wire | undefined,
  signal: AbortSignal,
): Promise<Wire> {
  // Nobody else listens while the known hosts are read, and an unheard error would end the app.
  socket.on('error', () => undefined);
  try {
    const entries = await knownHostsOf([dialling.ownKnownHosts, ...hop.knownHosts]);
    const login = new Login(hop, dialling.meansFor(hop));
    const client = new ssh2.Client();
    let refused: FieldError | undefined;
    const verified = (blob: Buffer): boolean => {
      const key = { hop, blob };
      dialling.offered(key);
      refused = refusal(entries, key);
      return refused === undefined;
    };
    const algorithms = hostKeyAlgorithms(entries, hop.label, hostKeyTypes) as ServerHostKeyAlgorithm[];
    await ready(client, signal, hop, login, () => refused, {
      sock: corked(socket),
      username: hop.user,
      authHandler: login.handler,
      hostVerifier: verified,
      algorithms: { serverHostKey: algorithms },
      readyTimeout: greetMs,
      keepaliveInterval: keepaliveMs,
      keepaliveCountMax: mostMissedKeepalives,
    });
    return new Wire(client, socket, hop.name, login.usedPassword, before);
  } catch (thrown) {
    socket.destroy();
    throw thrown;
  }
}

/** ssh2 says where an error arose. */
type SshError = Error & { readonly level?: string };
type Config = Parameters<Client['connect']>[0];

function ready(
  client: Client,
  signal: AbortSignal,
  hop: Hop,
  login: Login,
  refused: () => FieldError | undefined,
  config: Config,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let first: SshError | undefined;
    const fail = (error?: SshError): void => {
      signal.removeEventListener('abort', stop);
      reject(signal.aborted ? cancelled('Connecting') : (refused() ?? meaning(hop, login, error)));
      client.destroy();
    };
    const stop = (): void => fail();
    signal.addEventListener('abort', stop, { once: true });
    // For the client's whole life: a refused connection emits `error` twice, and an unheard one ends the app.
    client.on('error', (error: SshError) => {
      if (error.level === 'agent') return;
      first ??= error;
      fail(first);
    });
    client.on('close', () => fail(first));
    // A far end that hangs up before it greets ends only the socket; ssh2 would wait for the greeting all the same.
    const hungUp = (): void => fail(first ?? new Error('Connection lost before handshake'));
    config.sock?.once('end', hungUp);
    client.on('ready', () => {
      config.sock?.off('end', hungUp);
      signal.removeEventListener('abort', stop);
      resolve();
    });
    if (signal.aborted) return stop();
    client.connect(config);
  });
}

function meaning(hop: Hop, login: Login, error: SshError | undefined): FieldError {
  const cause: SshError = error ?? new Error('the connection was closed');
  if (cause.level === 'client-authentication') return login.failure(cause);
  if (/too many authentication failures/i.test(cause.message)) return tooManyKeys(hop, cause);
  if (cause.level === 'client-socket' && (cause as NodeJS.ErrnoException).code !== undefined)
    return unreachable(hop, cause);
  return handshakeFailure(hop, cause);
}

const tooManyKeys = (hop: Hop, cause: Error): FieldError =>
  new FieldError(
    {
      code: 'login-refused',
      says: `${hop.host} stopped listening after too many keys that did not fit.`,
      about: hop.name,
      untouched: 'Nothing was run on the node.',
      next: 'Choose the right key by its path, or a password, instead of trying all keys of the agent.',
    },
    { cause },
  );

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Server as NetServer, Socket } from 'node:net';
import type { AuthContext, Connection, ParsedKey } from 'ssh2';
import ssh2 from 'ssh2';
import type { Secret } from '../../core/secret.ts';
import type { Station } from '../station/station.ts';
import { serveSession } from './session.ts';
import type { AtExec } from './session.ts';

const { Server, utils } = ssh2;

/** What tests may break on the wire. */
export interface Faults {
  /** Refuse every login. */
  refuseLogins: boolean;
  /** Cut a connection once it has carried so many bytes, both ways together. */
  cutAfterBytes: number | undefined;
  /** Decides over each command that is asked for. */
  atExec: (command: string) => AtExec;
}

export interface SshdOptions {
  readonly station: Station;
  /** OpenSSH private key of the host. */
  readonly hostKey: string;
  readonly password: Secret;
  /** Public key that may log in, in the form of authorized_keys. */
  readonly authorizedKey: string;
  readonly faults: Faults;
}

export interface Sshd {
  readonly port: number;
  /** Ends all open connections, as a pulled cable would. */
  cut(): void;
  close(): Promise<void>;
}

const parsed = (key: string): ParsedKey => {
  const made = utils.parseKey(key);
  if (made instanceof Error) throw made;
  return made;
};

/** A new ed25519 key pair: the private one in OpenSSH's form, the public one as a line. */
export function newKeyPair(comment: string): { readonly private: string; readonly public: string } {
  // ssh2 now and then writes a key that it cannot read itself
  for (;;) {
    const made = utils.generateKeyPairSync('ed25519', { comment });
    if (!(utils.parseKey(made.private) instanceof Error)) return made;
  }
}

/** `ssh-ed25519 AAAA…` of a private key, and its fingerprint as ssh-keygen prints it. */
export function publicParts(privateKey: string): { readonly line: string; readonly fingerprint: string } {
  const blob = parsed(privateKey).getPublicSSH();
  const print = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
  return { line: `ssh-ed25519 ${blob.toString('base64')}`, fingerprint: `SHA256:${print}` };
}

/** A real SSH server on loopback in front of the pretended node. */
export async function startSshd(options: SshdOptions): Promise<Sshd> {
  const sockets = new Set<Socket>();
  const { station, faults } = options;
  const server = new Server(
    { hostKeys: [options.hostKey], ident: 'OpenSSH_10.0p2 Debian-7 (Coldstart practice)' },
    client => serve(client),
  );
  const serve = (client: Connection): void => {
    const socket = (client as unknown as { _sock: Socket })._sock;
    const cut = () => socket.destroy();
    socket.setNoDelay(true);
    client.on('error', () => undefined);
    client.on('authentication', context => authenticate(context, options));
    client.on('session', accept =>
      serveSession(station, accept(), { atExec: command => faults.atExec(command), cut }),
    );
    client.on('request', (_accept, reject) => reject?.());
  };
  // Raw sockets are seen before ssh2 takes them, to count and to cut.
  const net = (server as unknown as { _srv: NetServer })._srv;
  const greet = net.listeners('connection') as ((socket: Socket) => void)[];
  net.removeAllListeners('connection');
  net.on('connection', (socket: Socket) => {
    void whenUp(station, socket).then(up => {
      if (!up) return void socket.destroy();
      watched(socket);
      for (const each of greet) each.call(net, socket);
      return undefined;
    });
  });
  const watched = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    const watch = (): void => {
      const limit = faults.cutAfterBytes;
      if (limit !== undefined && socket.bytesRead + socket.bytesWritten >= limit) socket.destroy();
    };
    socket.on('data', watch);
  };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const address = server.address() as { port: number };
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    cut,
    close: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve());
        cut();
      }),
  };
}

const bootMs = 20_000;

/** A node that is starting answers as soon as it is up; one that is stuck before that, or without its network, does not. */
async function whenUp(station: Station, socket: Socket): Promise<boolean> {
  socket.on('error', () => undefined);
  const until = Date.now() + bootMs;
  while (!station.reachable) {
    const starting = station.stage === 'boot' || station.stage === 'starting';
    if (!starting || socket.destroyed || Date.now() > until) return false;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  return !socket.destroyed;
}

const same = (a: string, b: string): boolean => {
  const [left, right] = [a, b].map(each => createHash('sha256').update(each).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
};

function authenticate(context: AuthContext, { station, faults, password, authorizedKey }: SshdOptions): void {
  const methods: ('password' | 'publickey' | 'keyboard-interactive')[] = [
    'publickey',
    'password',
    'keyboard-interactive',
  ];
  if (faults.refuseLogins || context.username !== station.loginUser) {
    // A wrong name answers like a wrong password.
    return context.reject(methods);
  }
  if (context.method === 'password') {
    return same(context.password, password.reveal()) ? context.accept() : context.reject(methods);
  }
  if (context.method === 'keyboard-interactive') {
    context.prompt([{ prompt: 'Password: ', echo: false }], answers => {
      if (same(answers[0] ?? '', password.reveal())) context.accept();
      else context.reject(methods);
    });
    return;
  }
  if (context.method === 'publickey') {
    const key = parsed(authorizedKey);
    if (!key.getPublicSSH().equals(context.key.data)) return context.reject(methods);
    if (!context.signature || !context.blob) return context.accept();
    const holds = key.verify(context.blob, context.signature, context.hashAlgo);
    // An Error would be truthy.
    return typeof holds === 'boolean' && holds ? context.accept() : context.reject(methods);
  }
  return context.reject(methods);
}

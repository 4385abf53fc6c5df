import type { Duplex } from 'node:stream';
import ssh2 from 'ssh2';
import type { Algorithms, ServerHostKeyAlgorithm } from 'ssh2';
import { fingerprintOf, keyTypeOf } from '../../core/known-hosts.ts';
import { oneLine } from '../../core/lan/said.ts';
import type { Talk } from '../../core/lan/sighting.ts';
import { corked } from './corked.ts';

/** A server may say other lines before its greeting (RFC 4253 §4.2); one that goes on longer than this has none. */
const mostBytesBefore = 64 * 1024;
/** The greeting itself has 255 bytes at most. */
const longestGreeting = 255;

/** The signatures ssh2 can check, by the type of the key. */
const algorithms: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
};

/**
 * Sums with numbers of the server's own choosing, or of 6144 bits and more, would hold up the whole app. Old dropbears need
 * the appended one.
 */
const kex = {
  remove: [
    'diffie-hellman-group-exchange-sha256',
    'diffie-hellman-group17-sha512',
    'diffie-hellman-group18-sha512',
  ],
  append: ['diffie-hellman-group14-sha1'],
  prepend: [],
} satisfies Algorithms['kex'];

type Learned = { -readonly [K in keyof Talk]: Talk[K] };
type HostKey = NonNullable<Talk['hostKeys']>[number];

/**
 * Reads an SSH server's greeting, and has it prove the host keys of these types: one connection each, the first of them
 * `socket`. The connection ends before any login or user name. A type the server does not have is left out. Fills
 * `learned` as it goes. Throws what went wrong; every connection is destroyed.
 */
export async function greet(
  socket: Duplex,
  learned: Learned,
  how: {
    readonly keyTypes: readonly string[];
    again(): Promise<Duplex | undefined>;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const add = (key: HostKey | undefined): void => {
    learned.hostKeys = [...(learned.hostKeys ?? []), ...(key ? [key] : [])];
  };
  const [first, ...others] = how.keyTypes.filter(type => Object.hasOwn(algorithms, type));
  await whileOpen(socket, how.signal, async () => {
    await greeting(socket, learned);
    // The greeting was put back, so this connection serves for the first key as well.
    if (first !== undefined) add(await provenKey(socket, first));
  });
  for (const type of others) {
    const next = await how.again();
    if (!next) throw new Error('closed');
    await whileOpen(next, how.signal, async () => add(await provenKey(next, type)));
  }
}

/** Destroys the connection when the work is done, and in the midst of it when the signal fires. */
async function whileOpen(socket: Duplex, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  const cut = (): unknown => socket.destroy();
  socket.on('error', () => undefined);
  signal.addEventListener('abort', cut, { once: true });
  try {
    if (signal.aborted) throw new Error('closed');
    await work();
  } finally {
    signal.removeEventListener('abort', cut);
    socket.destroy();
  }
}

/** Reads up to the line that begins with `SSH-`, keeps it as the banner and puts it back. */
function greeting(socket: Duplex, learned: Learned): Promise<void> {
  return new Promise((done, failed) => {
    let [text, lineFrom, searchedTo] = ['', 0, 0];
    const settle = (): void => {
      socket.off('data', hear).off('close', closed).off('end', closed).pause();
    };
    const closed = (): void => {
      settle();
      if (text !== '') learned.banner ??= oneLine(text);
      failed(new Error('closed'));
    };
    const found = (line: string): void => {
      settle();
      learned.banner = oneLine(line);
      socket.unshift(Buffer.from(text.slice(lineFrom), 'latin1'));
      done();
    };
    const hear = (bytes: Buffer): void => {
      text += bytes.toString('latin1');
      for (let end = text.indexOf('\n', searchedTo); end >= 0; end = text.indexOf('\n', lineFrom)) {
        const line = text.slice(lineFrom, end);
        if (line.startsWith('SSH-')) return found(line);
        learned.banner ??= oneLine(line);
        lineFrom = end + 1;
      }
      searchedTo = text.length;
      const isTooLong = text.startsWith('SSH-', lineFrom) && text.length - lineFrom > longestGreeting;
      if (!isTooLong && text.length <= mostBytesBefore) return;
      settle();
      learned.banner ??= oneLine(text);
      failed(new Error('protocol: no greeting'));
    };
    socket.on('data', hear).once('close', closed).once('end', closed);
  });
}

/**
 * The key of this type, once the server has signed the exchange with it. Undefined when the server has none.
 *
 * ssh2 shows the key to `hostVerifier` before it checks the signature, so a key shown there may be anybody's; only
 * `handshake` says that the signature holds.
 */
function provenKey(socket: Duplex, type: string): Promise<HostKey | undefined> {
  const offered = algorithms[type] ?? [];
  return new Promise((done, failed) => {
    const client = new ssh2.Client();
    let shown: Buffer | undefined;
    // For the client's whole life: an unheard error would end the app.
    client.on('error', thrown => {
      if (/no matching host key/i.test(thrown.message)) done(undefined);
      else failed(thrown);
    });
    const closed = (): void => failed(new Error('closed'));
    client.on('close', closed);
    socket.once('close', closed).once('end', closed);
    client.on('handshake', () => {
      // Before ssh2 asks for a login, which comes next.
      socket.destroy();
      if (!shown) return closed();
      done({ type: keyTypeOf(shown), fingerprint: fingerprintOf(shown) });
    });
    client.connect({
      sock: corked(socket),
      username: '',
      hostVerifier: (blob: Buffer) => {
        shown = Buffer.from(blob);
        return true;
      },
      authHandler: () => false,
      algorithms: { serverHostKey: [...offered], kex },
      // Whoever asks limits the time.
      readyTimeout: 0,
    });
  });
}

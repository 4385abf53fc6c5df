import { spawn } from '@lydell/node-pty';
import type { IPty } from '@lydell/node-pty';
import { FieldError } from '../../preload/contract/failure.ts';
import { Secret } from '../../main/core/secret.ts';
import type { HeldLine } from '../../main/ports.ts';

/** What a bad line does to what it carries. Chances are per byte, from 0 to 1. */
export interface Hostility {
  readonly drop?: number;
  readonly double?: number;
  readonly flip?: number;
  /** A kernel message in the middle of what the node says. */
  readonly kernel?: number;
  /** Bits per second, ten bits a byte; left out: as fast as it goes. */
  readonly baud?: number;
  /** Bytes that never arrive, such as XON and XOFF at a terminal server. */
  readonly eats?: readonly number[];
  /** Only seven bits pass. */
  readonly sevenBit?: boolean;
  /** Does what it likes with the bytes on their way to the node. */
  readonly there?: (bytes: Uint8Array) => Uint8Array;
  /** The same on their way back. */
  readonly back?: (bytes: Uint8Array) => Uint8Array;
}

/** Random numbers from 0 to 1 that come again with the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const kernelLines = [
  '[ 1234.567890] EXT4-fs (sda1): mounted filesystem with ordered data mode\r\n',
  '[ 1240.000001] usb 1-1: new high-speed USB device number 4 using xhci_hcd\r\n',
  '[ 1241.333333] nf_conntrack: table full, dropping packet 100% %?%\r\n',
];

/** One way of a line with what is wrong with it. */
function damage(bytes: Uint8Array, how: Hostility, random: () => number, kernel: boolean): Buffer {
  const out: number[] = [];
  for (const byte of bytes) {
    if (kernel && random() < (how.kernel ?? 0))
      out.push(...Buffer.from(kernelLines[Math.floor(random() * kernelLines.length)] ?? ''));
    const bits = how.sevenBit ? byte & 0x7f : byte;
    if (how.eats?.includes(bits) || random() < (how.drop ?? 0)) continue;
    // Half of the damage is one flipped bit, the other half any byte.
    const flipped = random() < (how.flip ?? 0);
    const any = random() < 0.5 ? bits ^ (1 << Math.floor(random() * 8)) : Math.floor(random() * 256);
    out.push(flipped ? any : bits);
    if (random() < (how.double ?? 0)) out.push(flipped ? any : bits);
  }
  return Buffer.from(out);
}

/** Delivers what it is given in order, as fast as a line of this speed would. Gives when the bytes have left. */
function paced(baud: number | undefined, deliver: (bytes: Buffer) => void): (bytes: Buffer) => Promise<void> {
  if (baud === undefined)
    return async bytes => {
      deliver(bytes);
    };
  let free = 0;
  const msPerByte = 10_000 / baud;
  return async bytes => {
    // In steps of about ten milliseconds, as adapters hand over what they got.
    const step = Math.max(1, Math.round(10 / msPerByte));
    let sent: Promise<void> = Promise.resolve();
    for (let at = 0; at < bytes.length; at += step) {
      const piece = bytes.subarray(at, at + step);
      free = Math.max(free, performance.now()) + piece.length * msPerByte;
      const wait = free - performance.now();
      sent = new Promise(done => setTimeout(() => (deliver(piece), done()), wait));
    }
    await sent;
  };
}

export interface TestLine extends HeldLine {
  /** Bytes that went each way, in order, as they were meant. */
  readonly sent: () => Buffer;
  /** Pulls the adapter out. */
  pull(): void;
  plugIn(): void;
  /** Changes what is wrong with the line. */
  become(how: Hostility): void;
  /** What the shell's terminal says now, and what is typed without the line. */
  readonly pty: IPty;
  /** How often a login was asked for. */
  readonly logins: () => number;
  /** Bytes from the node, as they came out of the terminal. */
  said(): Buffer;
  /** Ends the login shell as a reboot would; the next login finds a new one. */
  hangUp(env?: NodeJS.ProcessEnv): void;
  readonly released: () => boolean;
  close(): void;
}

const lost = (): FieldError => new FieldError({ code: 'link-lost', says: 'The adapter was pulled.' });

/**
 * A real shell on a real pseudo-terminal behind a line that does what it is told to its bytes. It stands in for a held
 * console: login is what the shell itself does when it starts.
 */
export function testLine(
  shell: readonly [string, ...string[]],
  options: {
    readonly how?: Hostility;
    readonly seed?: number;
    readonly env?: NodeJS.ProcessEnv;
    readonly wasOpen?: boolean;
    readonly cwd?: string;
  } = {},
): TestLine {
  let how = options.how ?? {};
  const random = seeded(options.seed ?? 1);
  const listeners = new Set<(bytes: Uint8Array) => void>();
  const sent: Buffer[] = [];
  const said: Buffer[] = [];
  let gone = Promise.withResolvers<void>();
  let isPulled = false;
  let back = Promise.withResolvers<void>();
  let logins = 0;
  let isReleased = false;
  let lastHeard = 0;

  const hear = (bytes: Buffer): void => {
    if (isPulled) return;
    for (const listener of listeners) listener(bytes);
  };
  const toLaptop = paced(how.baud, hear);
  let toNode = paced(how.baud, bytes => pty.write(bytes as unknown as string));
  const start = (env?: NodeJS.ProcessEnv): IPty => {
    const [file, ...args] = shell;
    const made = spawn(file, args, {
      cols: 80,
      rows: 24,
      encoding: null,
      cwd: options.cwd ?? '/tmp',
      env: { PATH: process.env['PATH'], HOME: '/tmp', TERM: 'vt220', PS1: '$ ', ...options.env, ...env },
    });
    // With `encoding: null` these are Buffers, whatever the type says.
    made.onData(text => {
      const bytes = Buffer.from(text);
      said.push(bytes);
      lastHeard = performance.now();
      if (isPulled) return;
      const damaged = damage(bytes, how, random, true);
      void toLaptop(Buffer.from(how.back?.(damaged) ?? damaged));
    });
    return made;
  };
  let pty = start();
  const settled = async (): Promise<void> => {
    const began = performance.now();
    while (performance.now() - Math.max(lastHeard, began) < 250)
      await new Promise(done => setTimeout(done, 50));
  };

  return {
    get pty() {
      return pty;
    },
    sent: () => Buffer.concat(sent),
    said: () => Buffer.concat(said),
    logins: () => logins,
    released: () => isReleased,
    become: other => void (how = other),
    pull: () => {
      isPulled = true;
      back = Promise.withResolvers();
      gone.resolve();
    },
    plugIn: () => {
      isPulled = false;
      gone = Promise.withResolvers();
      back.resolve();
    },
    hangUp: env => {
      pty.kill('SIGKILL');
      pty = start(env);
      toNode = paced(how.baud, bytes => pty.write(bytes as unknown as string));
    },
    get lost() {
      return gone.promise;
    },
    async send(what) {
      if (isPulled) throw lost();
      const bytes = what instanceof Secret ? Buffer.from(what.reveal()) : Buffer.from(what);
      sent.push(bytes);
      const damaged = damage(bytes, how, random, false);
      await toNode(Buffer.from(how.there?.(damaged) ?? damaged));
      if (isPulled) throw lost();
    },
    hear: listener => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async back() {
      if (isPulled) await back.promise;
    },
    async logIn() {
      logins++;
      await settled();
      return { root: process.getuid?.() === 0, wasOpen: options.wasOpen ?? true };
    },
    tell: () => undefined,
    release: () => void (isReleased = true),
    close: () => pty.kill('SIGKILL'),
  };
}

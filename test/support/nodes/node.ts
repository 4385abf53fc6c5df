import { createHash } from 'node:crypto';
import { connect } from 'node:net';

/** How a command run from outside ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A real Linux machine for one test. It goes with the test, and also when the test's process is killed. */
export interface RealNode {
  readonly name: string;
  /** Where SSH answers, from the test's process: always on loopback. */
  readonly address: string;
  readonly port: number;
  /** Of its ed25519 host key: `SHA256:…`. */
  readonly fingerprint: string;
  /** An ordinary user who needs `password` for sudo. */
  readonly user: string;
  readonly password: string;
  readonly rootPassword: string;
  /** A private key without a passphrase; it lets in `user` and root. */
  readonly key: string;
  /** A Unix socket that is the node's console, both ways. It can be closed and opened again, also by two at once. */
  readonly console: string;
  /** All the console ever said, from before anyone looked. */
  said(): string;
  /** Runs a shell script as root, past console and SSH. */
  run(script: string): Promise<Ran>;
  /** The same, and it must end well; gives what it printed, trimmed. */
  done(script: string): Promise<string>;
  /** Restarts the node as its own `reboot` does; gives when SSH answers again. */
  reboot(): Promise<void>;
  /** Pulls the plug: everything stops at once. `powerOn` starts it again with its disk as it is. */
  kill(): Promise<void>;
  powerOn(): Promise<void>;
  /** Ends it and takes away all it had. Comes by itself at the end of the test. */
  stop(): Promise<void>;
}

/** What a script printed, trimmed; throws when it ended badly. */
export function mustEndWell(script: string, ran: Ran): string {
  if (ran.code !== 0) throw new Error(`${script}\nended with ${ran.code}: ${ran.stdout}${ran.stderr}`);
  return ran.stdout.trim();
}

/** Fingerprint of a public key line, as ssh-keygen shows it. */
export function fingerprintOf(publicKey: string): string {
  const [, base64 = ''] = publicKey.split(' ');
  return `SHA256:${createHash('sha256').update(Buffer.from(base64, 'base64')).digest('base64').replace(/=+$/, '')}`;
}

/** Whether an SSH server greets on this loopback port. That something accepts is not enough: a relay always does. */
export function connects(port: number): Promise<boolean> {
  return new Promise(done => {
    const socket = connect(port, '127.0.0.1');
    const end = (answer: boolean): void => {
      socket.destroy();
      done(answer);
    };
    socket.setTimeout(5_000, () => end(false));
    socket.once('data', bytes => end(bytes.toString('latin1').startsWith('SSH-')));
    socket.once('error', () => end(false)).once('close', () => done(false));
  });
}

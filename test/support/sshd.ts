import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface SshdOptions {
  /** Host keys to have; default ed25519. */
  readonly hostKeys?: readonly ('ed25519' | 'rsa' | 'ecdsa')[];
  /** Further lines of sshd_config. */
  readonly config?: readonly string[];
  /** Command of the SFTP subsystem, or none. Default internal-sftp. */
  readonly sftp?: string | false;
  /**
   * Runs every command through this script, which stands for the login shell: it finds the command in
   * SSH_ORIGINAL_COMMAND. A shebang is added.
   */
  readonly loginShell?: string;
  /** PAM: needed for keyboard-interactive, and only root can have it. */
  readonly pam?: boolean;
}

/** A real OpenSSH server on loopback, stopped and cleaned up when the test ends. */
export interface Sshd {
  readonly port: number;
  readonly folder: string;
  /** A private key (ed25519, no passphrase) that may log in, and its `.pub` beside it. */
  readonly key: string;
  readonly user: string;
  /** The public line of one host key: type and base64. */
  hostKey(type: 'ed25519' | 'rsa' | 'ecdsa'): Promise<string>;
  log(): Promise<string>;
  /** Lets a public key in as well. */
  authorize(publicKeyLine: string): Promise<void>;
  /** Ends the server and every session it holds. */
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

/** A temporary folder that goes with the test. */
export async function testFolder(t: TestContext, name = 'coldstart-'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), name));
  await chmod(folder, 0o755);
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export const keygen = (path: string, type: string, passphrase = ''): Promise<unknown> =>
  run('ssh-keygen', [
    '-q',
    '-t',
    type,
    '-N',
    passphrase,
    '-C',
    'test',
    '-f',
    path,
    ...(type === 'rsa' ? ['-b', '2048'] : []),
  ]);

export async function startSshd(t: TestContext, options: SshdOptions = {}): Promise<Sshd> {
  const folder = await mkdtemp(join(tmpdir(), 'coldstart-sshd-'));
  // Hooks run in the order they were made, and a failing one keeps the others from running: so this is one.
  let sshd: Sshd | undefined;
  t.after(async () => {
    await sshd?.stop();
    await rm(folder, { recursive: true, force: true });
  });
  sshd = await runSshd(folder, options);
  return sshd;
}

/** The same for a bench: whoever calls stops it and removes the folder. */
export async function runSshd(folder: string, options: SshdOptions = {}): Promise<Sshd> {
  await chmod(folder, 0o755);
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
  const types = options.hostKeys ?? ['ed25519'];
  for (const type of types) await keygen(join(folder, `host_${type}`), type);
  const key = join(folder, 'login_key');
  await keygen(key, 'ed25519');
  const authorized = join(folder, 'authorized_keys');
  await writeFile(authorized, await readFile(`${key}.pub`));
  const port = await freePort();
  const shell = join(folder, 'login-shell');
  if (options.loginShell !== undefined)
    await writeFile(shell, `#!/bin/sh\n${options.loginShell}\n`, { mode: 0o755 });
  const sftp = options.sftp ?? 'internal-sftp';
  const config = [
    ...(options.config ?? []),
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...types.map(type => `HostKey ${join(folder, `host_${type}`)}`),
    `AuthorizedKeysFile ${authorized}`,
    `PidFile ${join(folder, 'pid')}`,
    'StrictModes no',
    'PermitRootLogin yes',
    `UsePAM ${options.pam === true ? 'yes' : 'no'}`,
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'LogLevel VERBOSE',
    'MaxStartups 100',
    ...(sftp === false ? [] : [`Subsystem sftp ${sftp}`]),
    ...(options.loginShell === undefined ? [] : [`ForceCommand ${shell}`]),
  ];
  await writeFile(join(folder, 'sshd_config'), `${config.join('\n')}\n`);
  const log = join(folder, 'log');
  const child = spawn('/usr/sbin/sshd', ['-D', '-f', join(folder, 'sshd_config'), '-E', log], {
    stdio: 'ignore',
  });
  child.unref();
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()));
  await answering(
    port,
    () => child.exitCode !== null,
    () => readFile(log, 'utf8').catch(() => ''),
  );
  return {
    port,
    folder,
    key,
    user: userInfo().username,
    hostKey: async type =>
      (await readFile(join(folder, `host_${type}.pub`), 'utf8')).split(' ').slice(0, 2).join(' '),
    log: () => readFile(log, 'utf8'),
    authorize: async line => writeFile(authorized, `${line.trim()}\n`, { flag: 'a' }),
    stop: async () => {
      if (child.exitCode !== null || child.pid === undefined) return;
      const sessions = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').catch(
        () => '',
      );
      child.ref();
      child.kill('SIGTERM');
      await ended;
      for (const pid of sessions.split(' ').filter(Boolean)) killQuietly(Number(pid));
    },
  };
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It ended by itself in the meantime.
  }
}

async function answering(port: number, died: () => boolean, log: () => Promise<string>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (died()) throw new Error(`sshd did not start: ${await log()}`);
    const there = await new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1')
        .once('connect', () => (socket.destroy(), resolve(true)))
        .once('error', () => resolve(false));
    });
    if (there) return;
    await new Promise(resolve => setTimeout(resolve, 25));
  }
  throw new Error(`sshd does not answer: ${await log()}`);
}

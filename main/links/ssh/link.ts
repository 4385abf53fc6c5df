import { sh } from '../../core/sh.ts';
import type { Sh } from '../../core/sh.ts';
import type { Secret } from '../../core/secret.ts';
import type {
  Clock,
  ExecOptions,
  Exit,
  FileStat,
  Got,
  Link,
  NodeAddress,
  Shell,
  Sink,
  Source,
  Target,
  TransferOptions,
  Transferred,
  WhoIsThere,
  WriteOptions,
} from '../../ports.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { stoppable } from './carrier.ts';
import type { Carrier } from './carrier.ts';
import { runCommand } from './command.ts';
import type { Ended, Start } from './command.ts';
import { download } from './download.ts';
import { readFile, stat, writeFile } from '../files/acts.ts';
import { fileFailure } from '../files/file-failures.ts';
import { askIdentity, identity, stranger } from './identity.ts';
import type { Identity } from './identity.ts';
import { getThrough, tunnelFailure } from './get.ts';
import { openSftp } from './sftp.ts';
import type { SftpSession } from './sftp.ts';
import { openShell } from './shell.ts';
import {
  noRight,
  noSudo,
  notAllowed,
  sudoPasswordNeeded,
  sudoRefused,
  wantsPassword,
  withPassword,
  withoutPassword,
} from './sudo.ts';
import type { Right } from './sudo.ts';
import { upload } from './upload.ts';
import type { UploadOptions } from './upload.ts';
import { linkLost } from './wire.ts';
import type { Wire } from './wire.ts';

type As = 'login' | 'root';
interface Asking {
  readonly signal: AbortSignal;
  readonly as?: As;
}

/** How long a helper command that ends another one waits for a free session before it dials anew. */
const helperMs = 800;
const killMs = 5000;

/** Opens connections to the same target again and again. */
export type Redial = (signal: AbortSignal) => Promise<Wire>;

/**
 * A link over SSH. When its connection is lost, running work fails with `link-lost` and `lost` settles; the next work
 * connects again and goes on only if the same node answers in the same boot. No command is ever sent twice.
 */
export class SshLink implements Link {
  readonly kind = 'ssh';
  /** Fingerprint of the host key it was opened with. */
  hostKey?: string;
  readonly #target: Target;
  readonly #redial: Redial;
  readonly #carrier: Carrier;
  #wire: Wire;
  #who: Identity;
  #right: Right | undefined;
  #finding: Promise<Right> | undefined;
  #sftpMissing = false;
  readonly #ending = new AbortController();
  #reconnecting: Promise<Wire> | undefined;

  private constructor(target: Target, redial: Redial, clock: Clock, wire: Wire, who: Identity) {
    this.#target = target;
    this.#redial = redial;
    this.#carrier = {
      name: target.name,
      clock,
      exec: (command, options) => this.exec(command, options),
      isLongPath: () => this.#wire.isLongPath,
      sftp: (as, signal) => this.#sftp(as, signal),
      spareSftp: async signal => openSftp(this.#wire, signal, 'if-free'),
    };
    this.#wire = wire;
    this.#who = who;
  }

  static async open(target: Target, redial: Redial, clock: Clock, signal: AbortSignal): Promise<SshLink> {
    const wire = await redial(signal);
    try {
      return new SshLink(target, redial, clock, wire, await whoAnswers(wire, target.name, signal));
    } catch (thrown) {
      await wire.close();
      throw thrown;
    }
  }

  get who(): WhoIsThere {
    const { hostname, machineId, bootId } = this.#who;
    return { hostname, machineId, bootId };
  }

  /** Settles when the connection held now is gone. */
  get lost(): Promise<void> {
    return this.#wire.gone;
  }

  async exec(command: Sh, options: ExecOptions): Promise<Exit> {
    const wire = await this.#up(options.signal);
    const ended = await (options.as === 'root'
      ? this.#execAsRoot(wire, command, options)
      : this.#execAsLogin(wire, command, options));
    const { started, noise, ...exit } = ended;
    if (!started && exit.code !== null) throw notStarted(this.#target.name, noise, exit.code);
    return exit;
  }

  async get(address: NodeAddress, options: Parameters<NonNullable<Link['get']>>[1]): Promise<Got> {
    const wire = await this.#up(options.signal);
    const { name } = this.#target;
    const through = await wire
      .forward('127.0.0.1', address.port, options.signal)
      .catch((thrown: unknown) => Promise.reject(tunnelFailure(thrown, name, address.port)));
    return getThrough(through, address, options, name);
  }

  async shell(size: Parameters<Shell['resize']>[0], signal: AbortSignal): Promise<Shell> {
    return openShell(await this.#up(signal), size, signal);
  }

  stat(path: string, options: Asking): Promise<FileStat | undefined> {
    return stat(this.#carrier, path, options);
  }

  readFile(path: string, options: Asking & { readonly mostBytes?: number }): Promise<Uint8Array> {
    return readFile(this.#carrier, path, options);
  }

  writeFile(path: string, content: Uint8Array | Secret, options: WriteOptions): Promise<void> {
    return writeFile(this.#carrier, path, content, options);
  }

  upload(from: Source, path: string, options: UploadOptions): Promise<Transferred> {
    return upload(this.#carrier, from, path, options);
  }

  async download(path: string, to: Sink, options: TransferOptions): Promise<Transferred> {
    const { signal, as = 'login' } = options;
    const there = await this.stat(path, { signal, as });
    if (there?.kind !== 'file')
      throw fileFailure(this.#target.name, path, {
        code: 1,
        stderr: there ? 'Is a directory' : 'No such file',
      });
    return download(this.#carrier, path, there.bytes, to, options);
  }

  async sudo(signal: AbortSignal): Promise<Right> {
    return this.#knownRight(await this.#up(signal), signal);
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.#reconnecting?.catch(() => undefined);
    await this.#wire.close();
  }

  async #sftp(as: As, signal: AbortSignal): Promise<SftpSession | undefined> {
    if (this.#sftpMissing || (as === 'root' && this.#who.uid !== 0)) return undefined;
    const wire = await this.#up(signal);
    if (!wire.isLongPath) return undefined;
    const session = await openSftp(wire, signal);
    this.#sftpMissing = session === undefined;
    return session;
  }

  // ── the connection ──

  async #up(signal: AbortSignal): Promise<Wire> {
    if (this.#ending.signal.aborted) throw linkLost(this.#target.name);
    if (!this.#wire.isGone) return this.#wire;
    // All who wait share one try; whoever stops waiting does not stop it for the others.
    this.#reconnecting ??= this.#reconnect(this.#ending.signal).finally(
      () => (this.#reconnecting = undefined),
    );
    return stoppable(this.#reconnecting, signal, 'Connecting');
  }

  async #reconnect(signal: AbortSignal): Promise<Wire> {
    const wire = await this.#redial(signal);
    try {
      const refused = stranger(
        this.#who,
        await whoAnswers(wire, this.#target.name, signal),
        this.#target.name,
      );
      if (refused) throw refused;
      if (this.#ending.signal.aborted) throw linkLost(this.#target.name);
    } catch (thrown) {
      await wire.close();
      throw thrown;
    }
    return (this.#wire = wire);
  }

  // ── commands and rights ──

  #execAsLogin(wire: Wire, command: Sh, options: ExecOptions): Promise<Ended> {
    return runCommand(wire, command.text, this.#asLogin, options);
  }

  get #asLogin(): Start {
    return { wrap: text => text, kill: pid => this.#kill(pid, 'login') };
  }

  async #execAsRoot(wire: Wire, command: Sh, options: ExecOptions): Promise<Ended> {
    const right = await this.#knownRight(wire, options.signal);
    const ended = await runCommand(wire, command.text, this.#asRoot(right), options);
    if (ended.started) return ended;
    // `true` may be allowed without a password and this not; or what sudo remembered a moment ago ran out.
    if (right === 'passwordless' && wantsPassword(ended)) {
      this.#right = 'password';
      return this.#execAsRoot(wire, command, options);
    }
    if (right === 'root') return ended;
    throw sudoRefused(this.#target.name, this.#target.user, ended);
  }

  #asRoot(right: Right): Start {
    const kill = (pid: number): Promise<void> => this.#kill(pid, 'root');
    if (right === 'none') throw noRight(this.#target.name, this.#target.user);
    if (right === 'root') return this.#asLogin;
    return right === 'passwordless'
      ? withoutPassword(kill)
      : withPassword(this.#password(), this.#target.name, kill);
  }

  /** Found out once: several who ask at the same time must not each try the password. */
  async #knownRight(wire: Wire, signal: AbortSignal): Promise<Right> {
    if (this.#right) return this.#right;
    this.#finding ??= this.#findRight(wire, this.#ending.signal).finally(() => (this.#finding = undefined));
    return (this.#right = await stoppable(this.#finding, signal, 'Asking for sudo'));
  }

  async #findRight(wire: Wire, signal: AbortSignal): Promise<Right> {
    if (this.#who.uid === 0) return 'root';
    const options = { signal, keepBytes: 4096 };
    const quiet = await runCommand(wire, 'sudo -n true', this.#asLogin, options);
    if (quiet.code === 0) return 'passwordless';
    const asked = { ...quiet, noise: quiet.stderr };
    if (noSudo(asked) || notAllowed(asked)) return 'none';
    const tried = await runCommand(
      wire,
      ':',
      withPassword(this.#password(), this.#target.name, async () => undefined),
      options,
    );
    if (tried.started) return 'password';
    if (notAllowed(tried) || noSudo(tried)) return 'none';
    throw sudoRefused(this.#target.name, this.#target.user, tried);
  }

  /** sudo asks for the user's own password, so the one the login was made with will do. */
  #password(): Secret {
    const own = this.#wire.loggedInByPassword ? this.#target.secret('password') : undefined;
    const password = this.#target.secret('sudo') ?? own;
    if (!password) throw sudoPasswordNeeded(this.#target.name, this.#target.user);
    return password;
  }

  /** Ends all processes of a command, over this connection or, when it takes no further session, over a new one. */
  async #kill(pid: number, as: As): Promise<void> {
    const start: Start = {
      ...(as === 'root' ? this.#asRoot(this.#right ?? 'root') : this.#asLogin),
      kill: async () => undefined,
    };
    const run = async (wire: Wire, ms: number): Promise<void> => {
      await runCommand(wire, killGroup(pid).text, start, {
        signal: AbortSignal.timeout(ms),
        timeoutMs: killMs,
      });
    };
    if (this.#wire.isGone) return;
    try {
      await run(this.#wire, helperMs);
    } catch {
      if (this.#ending.signal.aborted) return;
      const patience = AbortSignal.timeout(killMs);
      const wire = await this.#redial(patience);
      try {
        // A process id means something only on the machine and in the boot it came from.
        if (stranger(this.#who, await whoAnswers(wire, this.#target.name, patience), this.#target.name))
          return;
        await run(wire, killMs);
      } finally {
        await wire.close();
      }
    }
  }
}

/** The process group of a command's shell, from field 5 of /proc/PID/stat; whoever still lives after 1 s is killed. */
const killGroup = (pid: number): Sh => sh`g=$(sed 's/^.*) //' /proc/${pid}/stat 2>/dev/null | cut -d' ' -f3)
[ "$g" -gt 1 ] || exit 0
kill -TERM "-$g" 2>/dev/null || exit 0
for i in 1 2 3 4 5 6 7 8 9 10; do
  kill -0 "-$g" 2>/dev/null || exit 0
  sleep 0.1 2>/dev/null || sleep 1
done
kill -KILL "-$g" 2>/dev/null
exit 0`;

async function whoAnswers(wire: Wire, name: string, signal: AbortSignal): Promise<Identity> {
  const ended = await runCommand(
    wire,
    askIdentity.text,
    { wrap: text => text, kill: async () => undefined },
    { signal, timeoutMs: 20_000 },
  );
  return identity(ended.started ? ended.stdout : ended.noise, name);
}

const notStarted = (about: string, noise: string, code: number): FieldError =>
  new FieldError({
    code: 'could-not',
    says: `The node did not start the command: ${noise || `status ${code}`}.`,
    about,
    untouched: 'The command was not run.',
    next: 'Log in through the terminal and look at the start files of this account.',
  });

import { FieldError } from '../../../../preload/contract/failure.ts';
import type { LineSettings } from '../../../../preload/contract/serial.ts';
import { isEightBitClean } from '../../../core/serial-exec/seconds.ts';
import { marked, throughSudo, throughSudoAsking } from '../../../core/login-shell.ts';
import type { Secret } from '../../../core/secret.ts';
import { sh } from '../../../core/sh.ts';
import type { Sh } from '../../../core/sh.ts';
import { looksForeign } from '../../../core/serial-exec/wire.ts';
import type {
  ConsoleLogin,
  ExecOptions,
  Exit,
  FileStat,
  HeldLine,
  Link,
  Shell,
  Sink,
  Source,
  Target,
  TransferOptions,
  Transferred,
  WhoIsThere,
  WriteOptions,
} from '../../../ports.ts';
import { readFile, stat, writeFile } from '../../files/acts.ts';
import { fileFailure } from '../../files/file-failures.ts';
import { stoppable } from '../../ssh/carrier.ts';
import type { Carrier } from '../../ssh/carrier.ts';
import { download } from '../../ssh/download.ts';
import { askIdentity, identity, stranger } from '../../ssh/identity.ts';
import type { Identity } from '../../ssh/identity.ts';
import {
  noRight,
  noSudo,
  notAllowed,
  sudoPasswordNeeded,
  sudoRefused,
  wantsPassword,
  wrongPassword,
} from '../../ssh/sudo.ts';
import type { Right } from '../../ssh/sudo.ts';
import { upload } from '../../ssh/upload.ts';
import type { UploadOptions } from '../../ssh/upload.ts';
import { runCommand } from './command.ts';
import type { Ended, Road, Start } from './command.ts';
import { LineDown } from './line-down.ts';
import { isClean } from './try-out.ts';
import { startAgent } from './session.ts';
import type { Means } from './session.ts';
import { openShell } from './shell.ts';
import type { Talk } from './talk.ts';

type As = 'login' | 'root';
interface Asking {
  readonly signal: AbortSignal;
  readonly as?: As;
}

/** How long a pulled adapter is waited for before what runs over it is given up, in milliseconds. */
const replugMs = 30_000;
/** How long a node may take to let us in again: it may be booting. */
const backInMs = 240_000;
/** Blocks in which a probe of the line found no damage to any of the 256 values. */
const asLogin: Start = { wrap: text => text, kill: async () => undefined };

export interface SerialParts extends Means {
  readonly held: HeldLine;
  readonly target: Target;
  /** Called once the line was given up. */
  readonly done?: () => void;
}

/**
 * A link over a serial console. One line carries everything: commands may run side by side, but what they say takes
 * turns. A command runs on when the cable is pulled; when it is back the node is asked what became of it. `lost` settles
 * when the line was away too long or another boot or node answers; the next work then tries to log in again, and goes
 * on only at the same node in the same boot. No command is ever sent twice.
 */
export class SerialLink implements Link {
  readonly kind = 'serial';
  readonly port: string;
  readonly line: LineSettings;
  readonly #parts: SerialParts;
  readonly #login: ConsoleLogin;
  readonly #salt: string;
  readonly #carrier: Carrier;
  readonly #ending = new AbortController();
  #talk!: Talk;
  #who!: Identity;
  #folder = '';
  #epoch = 0;
  #logOut = false;
  #isRaw: Promise<boolean> | undefined;
  #runs = 0;
  #requests = 0;
  #right: Right | undefined;
  #finding: Promise<Right> | undefined;
  #recovering: Promise<void> | undefined;
  #lost = Promise.withResolvers<void>();
  #isLost = false;
  /** It is known that the node we were let in to is the one the link was opened to, in the same boot. */
  #isSame = true;
  /** The technician's own shell has the line; everything else waits for its end. */
  #shell: Promise<void> | undefined;

  private constructor(parts: SerialParts, login: ConsoleLogin) {
    this.#parts = parts;
    this.#login = login;
    this.port = parts.target.cable?.port ?? '';
    this.line = parts.settings;
    this.#salt = Buffer.from(parts.chance.bytes(12)).toString('hex');
    this.#carrier = {
      name: parts.name,
      clock: parts.clock,
      pieceBytes: Math.max(4096, Math.min(65_536, Math.floor(parts.settings.baud / 2.5))),
      exec: (command, options) => this.exec(command, options),
      isLongPath: () => false,
      sftp: async () => undefined,
      spareSftp: async () => undefined,
    };
  }

  /** Logs in and starts. Throws as `HeldLine.logIn`, and `could-not` where no shell takes commands. */
  static async open(parts: SerialParts, login: ConsoleLogin, signal: AbortSignal): Promise<SerialLink> {
    const link = new SerialLink(parts, login);
    try {
      await link.#start(signal);
      link.#who = await link.#whoAnswers(signal);
      return link;
    } catch (thrown) {
      await link.close();
      throw thrown instanceof LineDown ? lineLost(parts.name) : thrown;
    }
  }

  get who(): WhoIsThere {
    const { hostname, machineId, bootId } = this.#who;
    return { hostname, machineId, bootId };
  }

  get lost(): Promise<void> {
    return this.#lost.promise;
  }

  async exec(command: Sh, options: ExecOptions): Promise<Exit> {
    await this.#up(options.signal);
    const ended = await (options.as === 'root'
      ? this.#asRoot(command, options)
      : this.#run(command.text, asLogin, options));
    const { started, noise, ...exit } = ended;
    if (!started && exit.code !== null) throw sudoRefused(this.#name, this.#user, { ...ended, noise });
    return exit;
  }

  /**
   * The technician's own shell, on the same line: while it is open, commands wait. When it is closed while a program
   * holds the terminal (an editor), the line is made ready again before the next command.
   */
  async shell(size: Parameters<Shell['resize']>[0], signal: AbortSignal): Promise<Shell> {
    await this.#up(signal);
    const opened = await openShell(this.#talk, this.#parts.held, size, signal);
    this.#shell = this.#shellOver(opened.over);
    return opened.shell;
  }

  async #shellOver(over: Promise<boolean>): Promise<void> {
    const wasClean = await over;
    this.#shell = undefined;
    if (!wasClean) this.#isLost = true;
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
      throw fileFailure(this.#name, path, { code: 1, stderr: there ? 'Is a directory' : 'No such file' });
    return download(this.#carrier, path, there.bytes, to, options);
  }

  async sudo(signal: AbortSignal): Promise<Right> {
    await this.#up(signal);
    return this.#knownRight(signal);
  }

  /** Ends what runs, takes our folder off the node, gives the terminal its settings back, and logs out if we logged in. */
  async close(): Promise<void> {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    await this.#recovering?.catch(() => undefined);
    try {
      if (this.#talk !== undefined && !this.#isLost) await this.#leave(this.#talk);
    } catch {
      // The line is gone; after ten minutes of silence the node does the same by itself.
    }
    this.#talk?.close();
    this.#lost.resolve();
    this.#parts.held.release();
    this.#parts.done?.();
  }

  get #name(): string {
    return this.#parts.name;
  }
  get #user(): string {
    return this.#parts.target.user;
  }

  async #leave(talk: Talk): Promise<void> {
    const after = this.#logOut ? 'kill -9 $PPID' : ':';
    const stopAll =
      'for d in "$w"/*;do [ -s "$d/p" ]&&[ ! -e "$d/z" ]&&read -r p <"$d/p"&&kill -TERM "-$p";done 2>/dev/null';
    await talk.ask(`${stopAll};rm -rf "\${w:?}";l='${after}';i=99;a bye`, { silentTries: 3, extraMs: 500 });
    this.#parts.held.tell('shell');
  }

  // ── the line ──

  async #start(signal: AbortSignal): Promise<void> {
    const { held } = this.#parts;
    const found = await held.logIn(this.#login, signal);
    this.#talk?.close();
    this.#talk = await startAgent(held, this.#parts, this.#salt, () => ++this.#requests, signal);
    held.tell('running');
    await this.#prepare(!found.wasOpen || this.#logOut, signal);
  }

  /** The folder of our runs, on tmpfs; the one from before when the node still has it. */
  async #prepare(logOut: boolean, signal: AbortSignal): Promise<void> {
    this.#logOut = logOut;
    const name = `coldstart-${Buffer.from(this.#parts.chance.bytes(9)).toString('hex')}`;
    const make = `for d in /run /dev/shm "$XDG_RUNTIME_DIR" /tmp;do w=$d/${name};[ "$d" ]&&{ mkdir -m 700 "$w"||[ -d "$w" ]; }&&break;w=;done 2>/dev/null`;
    const again =
      this.#folder === '' ? make : `if [ -d ${this.#folder} ];then w=${this.#folder};else ${make};fi`;
    const end = logOut ? "l='Y;kill -9 $PPID'" : 'l=Y';
    const { words } = await this.#talk.ask(
      `${again};[ -p "$w/f" ]||mkfifo "$w/f";exec 8<>"$w/f";${end};trap "Y;exit" HUP;a "\${w:--}"`,
      { signal },
    );
    if (!words.startsWith('/')) throw noPlace(this.#name);
    if (words !== this.#folder) this.#epoch++;
    this.#folder = words;
  }

  /** Work on a line that is up, or nothing. */
  async #up(signal: AbortSignal): Promise<void> {
    if (this.#ending.signal.aborted) throw lineLost(this.#name);
    if (this.#shell) await stoppable(this.#shell, signal, 'The command');
    if (this.#isLost) await this.#recover(signal);
  }

  async #recover(signal: AbortSignal): Promise<void> {
    if (this.#ending.signal.aborted) throw lineLost(this.#name);
    // All who wait share one try; whoever stops waiting does not stop it for the others.
    this.#recovering ??= this.#backOn().finally(() => (this.#recovering = undefined));
    await stoppable(this.#recovering, signal, 'Connecting');
  }

  async #backOn(): Promise<void> {
    try {
      await this.#replugged();
      const patience = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(backInMs)]);
      if (!(await this.#stillThere())) {
        this.#isSame = false;
        await this.#start(patience);
      }
      if (!this.#isSame) {
        const now = await this.#whoAnswers(patience);
        const refused = stranger(this.#who, now, this.#name);
        if (refused) throw refused;
        // In emergency mode root was in; who is let in after it may be somebody else, with other rights.
        if (now.uid !== this.#who.uid) this.#right = undefined;
        this.#who = { ...this.#who, uid: now.uid };
        this.#isSame = true;
      }
      if (this.#isLost) this.#lost = Promise.withResolvers();
      this.#isLost = false;
    } catch (thrown) {
      this.#isLost = true;
      this.#lost.resolve();
      throw thrown instanceof FieldError &&
        thrown.failure.code !== 'cancelled' &&
        thrown.failure.code !== 'timed-out'
        ? thrown
        : lineLost(this.#name, thrown);
    }
  }

  async #replugged(): Promise<void> {
    const over = new AbortController();
    const late = this.#parts.clock.sleep(replugMs, over.signal).then(
      () => {
        throw lineLost(this.#name);
      },
      () => undefined,
    );
    try {
      await Promise.race([this.#parts.held.back(this.#ending.signal), late]);
    } finally {
      over.abort();
      await late.catch(() => undefined);
    }
    this.#talk.ear.listenOn();
  }

  /** Whether our half on the node still listens. A prompt or a boot on the line says no without a byte being sent. */
  async #stillThere(): Promise<boolean> {
    await this.#talk.ear.quiet(150);
    if (looksForeign(this.#talk.ear.heard)) return false;
    try {
      await this.#talk.ask('a here', { silentTries: 2, signal: this.#ending.signal });
      return true;
    } catch (thrown) {
      if (thrown instanceof LineDown) return false;
      throw thrown;
    }
  }

  async #whoAnswers(signal: AbortSignal): Promise<Identity> {
    const road = { ...this.#road(), recover: async () => Promise.reject(lineLost(this.#name)) };
    const ended = await runCommand(road, askIdentity.text, asLogin, { signal, timeoutMs: 30_000 });
    return identity(ended.stdout, this.#name);
  }

  #road(): Road {
    const talk = (): Talk => this.#talk;
    const epoch = (): number => this.#epoch;
    const folder = (): string => this.#folder;
    const isUp = (): boolean => !this.#isLost && this.#recovering === undefined;
    return {
      name: this.#name,
      clock: this.#parts.clock,
      get talk() {
        return talk();
      },
      get epoch() {
        return epoch();
      },
      get folder() {
        return folder();
      },
      get isUp() {
        return isUp();
      },
      raw: () => this.#tryOut(),
      nextRun: () => ++this.#runs,
      recover: signal => this.#recover(signal),
    };
  }

  /** Whether all 256 values pass both ways. A settings of seven bits or XON/XOFF says no by itself. */
  async #tryOut(): Promise<boolean> {
    if (!isEightBitClean(this.#parts.settings)) return false;
    this.#isRaw ??= isClean(this.#talk);
    try {
      return await this.#isRaw;
    } catch (thrown) {
      this.#isRaw = undefined;
      throw thrown;
    }
  }

  // ── commands and rights ──

  #run(text: string, start: Start, options: ExecOptions): Promise<Ended> {
    const signal = AbortSignal.any([options.signal, this.#ending.signal]);
    return runCommand(this.#road(), text, start, { ...options, signal });
  }

  async #asRoot(command: Sh, options: ExecOptions): Promise<Ended> {
    const right = await this.#knownRight(options.signal);
    const ended = await this.#run(command.text, this.#rootStart(right), options);
    if (ended.started) return ended;
    // `true` may be allowed without a password and this not; or what sudo remembered a moment ago ran out.
    if (right === 'passwordless' && wantsPassword(ended)) {
      this.#right = 'password';
      return this.#asRoot(command, options);
    }
    throw this.#refused(ended);
  }

  #refused(ended: Ended): FieldError {
    return /Sorry, try again/.test(ended.noise)
      ? wrongPassword(this.#name)
      : sudoRefused(this.#name, this.#user, ended);
  }

  #rootStart(right: Right): Start {
    if (right === 'root') return asLogin;
    if (right === 'none') throw noRight(this.#name, this.#user);
    const mark = this.#mark();
    const kill = (pid: number): Promise<void> => this.#killAsRoot(pid, right);
    if (right === 'passwordless') return { wrap: text => throughSudo(marked(text, mark)), mark, kill };
    const prompt = this.#mark();
    return {
      wrap: text => throughSudoAsking(marked(text, mark), prompt),
      asking: { password: this.#password(), prompt, mark },
      kill,
    };
  }

  #mark(): string {
    return `cs${Buffer.from(this.#parts.chance.bytes(12)).toString('hex')}`;
  }

  /** Found out once: several who ask at the same time must not each try the password. */
  async #knownRight(signal: AbortSignal): Promise<Right> {
    if (this.#right) return this.#right;
    this.#finding ??= this.#findRight(this.#ending.signal).finally(() => (this.#finding = undefined));
    return (this.#right = await stoppable(this.#finding, signal, 'Asking for sudo'));
  }

  async #findRight(signal: AbortSignal): Promise<Right> {
    if (this.#who.uid === 0) return 'root';
    const options = { signal, keepBytes: 8192 };
    const quiet = await this.#run('sudo -n true', asLogin, options);
    if (quiet.code === 0) return 'passwordless';
    const asked = { ...quiet, noise: quiet.stderr };
    if (noSudo(asked) || notAllowed(asked)) return 'none';
    const tried = await this.#run(':', this.#rootStart('password'), options);
    if (tried.started) return 'password';
    if (notAllowed(tried) || noSudo(tried)) return 'none';
    throw this.#refused(tried);
  }

  /** sudo asks for the user's own password, so the one the login was made with will do. */
  #password(): Secret {
    const password = this.#login.secret('sudo') ?? this.#login.secret('password');
    if (!password) throw sudoPasswordNeeded(this.#name, this.#user);
    return password;
  }

  async #killAsRoot(pid: number, right: Right): Promise<void> {
    const start = { ...this.#rootStart(right), kill: async () => undefined };
    // The link may be closing: this has a signal of its own.
    await runCommand(this.#road(), killGroup(pid).text, start, {
      signal: AbortSignal.timeout(8000),
      timeoutMs: 6000,
    });
  }
}

/** The process group of a command's shell, from field 5 of /proc/PID/stat; whoever still lives after 1 s is killed. */
const killGroup = (pid: number): Sh => sh`g=$(sed 's/^.*) //' /proc/${pid}/stat 2>/dev/null | cut -d' ' -f3)
[ "$g" -gt 1 ] || exit 0
[ "$g" != "$(sed 's/^.*) //' /proc/$$/stat | cut -d' ' -f3)" ] || exit 0
kill -TERM "-$g" 2>/dev/null || exit 0
for i in 1 2 3 4 5 6 7 8 9 10; do
  kill -0 "-$g" 2>/dev/null || exit 0
  sleep 0.1 2>/dev/null || sleep 1
done
kill -KILL "-$g" 2>/dev/null
exit 0`;

const lineLost = (about: string, cause?: unknown): FieldError =>
  new FieldError(
    {
      code: 'link-lost',
      says: 'The node does not answer on its console any more.',
      about,
      untouched:
        'A command that was running goes on or has ended on the node; it was not sent a second time.',
      next: 'Check the cable and the adapter. Then open the link again: what was done is looked up on the node first.',
    },
    { cause },
  );

const noPlace = (about: string): FieldError =>
  new FieldError({
    code: 'could-not',
    says: 'There is no folder in memory on the node where Coldstart may keep the output of commands (/run, /dev/shm, /tmp).',
    about,
    untouched: 'Nothing was run on the node.',
    next: 'Look in the console with `df -h /run /tmp`. A root file system that is read-only and full memory look like this.',
  });

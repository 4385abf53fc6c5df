import type { ServerChannel, Session as SshSession } from 'ssh2';
import { inSubshell, runScript } from '../station/shell/execute.ts';
import { newShell } from '../station/commands/shells.ts';
import type { Context } from '../station/shell/call.ts';
import type { Session } from '../station/shell/shell.ts';
import { Killed } from '../station/shell/streams.ts';
import type { Stream } from '../station/shell/streams.ts';
import type { Station } from '../station/station.ts';
import { inputFrom, outputTo } from './channel-streams.ts';
import { serveSftp } from './sftp.ts';
import { Terminal } from './terminal.ts';

/** What a test may do to a command that is asked for. */
export type AtExec = 'go' | 'cut before' | 'cut after';

export interface SessionFaults {
  readonly atExec: (command: string) => AtExec;
  cut(): void;
}

const path = '/usr/local/bin:/usr/bin:/bin:/usr/games';

/** Serves one SSH session channel: a command, a shell with or without a terminal, or SFTP. */
export function serveSession(station: Station, ssh: SshSession, faults: SessionFaults): void {
  let size: { cols: number; rows: number } | undefined;
  let session: Session | undefined;
  let signalled: (name: string) => void = () => undefined;
  const sent = new Map<string, string>();
  const begin = (): Session =>
    (session = { user: station.loginUser, terminal: size, sudoUntil: 0, id: station.chance.uuid() });
  ssh.on('pty', (accept, _reject, info) => {
    size = { cols: info.cols, rows: info.rows };
    accept?.();
  });
  ssh.on('window-change', (accept, _reject, info) => {
    size = { cols: info.cols, rows: info.rows };
    if (session) session.terminal = size;
    accept?.();
  });
  ssh.on('env', (accept, reject, info) => {
    if (/^(LANG|LC_\w+)$/.test(info.key)) sent.set(info.key, info.val);
    (/^(LANG|LC_\w+)$/.test(info.key) ? accept : reject)?.();
  });
  ssh.on('signal', (accept, _reject, info) => {
    signalled(info.name);
    accept?.();
  });
  ssh.on('exec', (accept, _reject, info) => {
    const fault = faults.atExec(info.command);
    if (fault === 'cut before') return faults.cut();
    const run = new Login(station, begin(), accept(), sent);
    signalled = name => run.kill(name);
    const ended = size ? run.onTerminal(info.command) : run.command(info.command);
    if (fault === 'cut after') void ended.then(() => faults.cut());
  });
  ssh.on('shell', accept => {
    const run = new Login(station, begin(), accept(), sent);
    signalled = name => run.kill(name);
    void (size ? run.onTerminal(undefined) : run.command(undefined));
  });
  ssh.on('subsystem', (accept, reject, info) => {
    if (info.name !== 'sftp') return reject?.();
    serveSftp(station, accept());
  });
  // Agent and X11 forwarding are not offered: this node forwards nowhere.
}

/** One login shell on a channel. */
class Login {
  readonly #station: Station;
  readonly #session: Session;
  readonly #channel: ServerChannel;
  readonly #context: Context;

  constructor(station: Station, session: Session, channel: ServerChannel, sent: ReadonlyMap<string, string>) {
    this.#station = station;
    this.#session = session;
    this.#channel = channel;
    channel.on('error', () => undefined);
    channel.stderr.on('error', () => undefined);
    const user = station.accounts.user(session.user);
    const home = user?.home ?? '/';
    const who = station.accounts.cred(session.user);
    const env = new Map([
      ['USER', session.user],
      ['LOGNAME', session.user],
      ['HOME', home],
      ['PATH', path],
      ['SHELL', user?.shell ?? '/bin/sh'],
      ['LANG', 'C.UTF-8'],
      ['SSH_CONNECTION', '127.0.0.1 50000 127.0.0.1 22'],
      ['SSH_CLIENT', '127.0.0.1 50000 22'],
      ...sent,
      ...(session.terminal
        ? ([
            ['TERM', 'xterm-256color'],
            ['SSH_TTY', '/dev/pts/0'],
          ] as const)
        : []),
    ] as [string, string][]);
    const process = station.processes.start({
      parent: 200,
      uid: who.uid,
      command: '-bash',
      session: session.id,
      group: 'own',
    });
    this.#context = {
      station,
      session,
      process,
      who,
      cwd: station.tree.peek(home) ? home : '/',
      umask: 0o022,
      env,
      fds: new Map(),
    };
  }

  kill(name: string): void {
    this.#context.process.control.abort(new Killed(name));
  }

  /** A command (or commands from standard input) without a terminal. Never rejects. */
  async command(text: string | undefined): Promise<void> {
    const channel = this.#channel;
    const fds = new Map<number, Stream>([
      [0, inputFrom(channel)],
      [1, outputTo(channel)],
      [2, outputTo(channel.stderr)],
    ]);
    const shell = newShell({ ...this.#context, fds }, { name: 'bash', flavour: 'bash', ownsProcess: true });
    this.#context.process.command = `bash -c ${(text ?? '').replaceAll('\n', ' ').slice(0, 160)}`;
    // Without a terminal the end of the connection reaches a command as the end of its streams, not as a signal.
    const script = text ?? (await all(fds.get(0), this.#context.process.signal));
    let by: string | undefined;
    const status = await inSubshell(shell, async () => {
      try {
        await runScript(shell, script);
      } catch (thrown) {
        if (thrown instanceof Killed) by = thrown.signal;
        throw thrown;
      }
    });
    this.#leave(status, by);
  }

  /** A shell, or one command, on a pseudo-terminal. Never rejects. */
  async onTerminal(text: string | undefined): Promise<void> {
    const channel = this.#channel;
    const out = outputTo(channel);
    const terminal = new Terminal((bytes, signal) => out.write(bytes, signal));
    this.#session.console = terminal;
    channel.on('data', (bytes: Buffer) => terminal.type(bytes));
    channel.on('close', () => {
      terminal.hangUp();
      this.#station.processes.hangUp(this.#session.id);
    });
    const fds = new Map([
      [0, terminal.stream],
      [1, terminal.stream.retain()],
      [2, terminal.stream.retain()],
    ]);
    terminal.onInterrupt = () => this.kill('INT');
    const shell = newShell({ ...this.#context, fds }, { name: 'bash', flavour: 'bash', ownsProcess: true });
    const status = await inSubshell(shell, async () => {
      if (text !== undefined) return runScript(shell, text);
      const motd = this.#station.tree.peek('/etc/motd') ? this.#station.tree.read('/etc/motd') : '';
      await terminal.stream.write(Buffer.from(motd), shell.process.signal);
      return runScript(shell, 'exec bash -l');
    });
    this.#leave(status, undefined);
  }

  #leave(status: number, signal: string | undefined): void {
    const channel = this.#channel;
    this.#station.processes.ended(this.#context.process);
    if (channel.destroyed || !channel.writable) return;
    if (signal !== undefined && signal !== 'PIPE') channel.exit(signal, false, '');
    else channel.exit(status & 255);
    channel.end();
  }
}

async function all(stream: Stream | undefined, signal: AbortSignal): Promise<string> {
  const parts: Uint8Array[] = [];
  for (let part = await stream?.read(signal); part; part = await stream?.read(signal)) parts.push(part);
  return Buffer.concat(parts).toString();
}

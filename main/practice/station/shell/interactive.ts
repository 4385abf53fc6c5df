import { signalStatus } from '../processes.ts';
import { runScript, statusOf } from './execute.ts';
import type { Console, Shell } from './shell.ts';
import { Exit, get, say } from './shell.ts';
import { Killed } from './streams.ts';

/** Where the prompt says we are: `~` for the home. */
function place(shell: Shell): string {
  const home = get(shell, 'HOME') ?? '/';
  if (shell.cwd === home) return '~';
  return shell.cwd.startsWith(`${home}/`) ? `~${shell.cwd.slice(home.length)}` : shell.cwd;
}

function prompt(shell: Shell): string {
  const mark = shell.who.uid === 0 ? '#' : '$';
  if (shell.flavour === 'dash') return `${mark} `;
  const { accounts, hostname } = shell.station;
  return `${accounts.userName(shell.who.uid)}@${hostname}:${place(shell)}${mark} `;
}

/** One line from the technician; undefined at Ctrl-D, `again` after Ctrl-C, `idle` when TMOUT ran out. */
async function typed(
  shell: Shell,
  at: Console,
): Promise<string | undefined | { readonly is: 'again' | 'idle' }> {
  const { signal } = shell.process;
  const reading = new AbortController();
  const stop = (): void => reading.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  let is: 'again' | 'idle' = 'again';
  at.onInterrupt = () => reading.abort(new Killed('INT'));
  const patience = Number(get(shell, 'TMOUT') ?? 0) * 1000;
  const idle =
    patience > 0 ? setTimeout(() => ((is = 'idle'), reading.abort(new Killed('ALRM'))), patience) : undefined;
  try {
    return await at.readLine(prompt(shell), reading.signal);
  } catch {
    if (signal.aborted) throw signal.reason;
    return { is };
  } finally {
    clearTimeout(idle);
    signal.removeEventListener('abort', stop);
  }
}

/** Runs one typed line; Ctrl-C ends what it started and not the shell. */
async function runLine(shell: Shell, at: Console, line: string): Promise<void> {
  const { processes } = shell.station;
  const { process: own } = shell;
  const process = processes.start({
    parent: own.pid,
    uid: shell.who.uid,
    command: line.slice(0, 160),
    session: own.session,
    follows: own.signal,
    group: 'own',
  });
  at.onInterrupt = () => process.control.abort(new Killed('INT'));
  const running: Shell = { ...shell, process };
  try {
    await runScript(running, line);
  } catch (thrown) {
    if (thrown instanceof Exit) throw thrown;
    if (own.signal.aborted) throw own.signal.reason;
    running.status = thrown instanceof Killed ? signalStatus(thrown.signal) : await statusOf(running, thrown);
  } finally {
    processes.ended(process);
    const { cwd, umask, status, lastJob, positional } = running;
    Object.assign(shell, { cwd, umask, status, lastJob, positional });
  }
}

/** A shell at a terminal, until `exit`, Ctrl-D or the end of the line. */
export async function interactive(shell: Shell, at: Console, login: boolean): Promise<void> {
  for (;;) {
    const line = await typed(shell, at);
    if (typeof line === 'object' && line.is === 'idle') {
      await say(shell, 2, 'timed out waiting for input: auto-logout\n');
      return;
    }
    if (typeof line === 'object') continue;
    if (line === undefined) {
      await say(shell, 2, login ? 'logout\n' : 'exit\n');
      return;
    }
    try {
      await runLine(shell, at, line);
    } catch (thrown) {
      if (thrown instanceof Exit) await say(shell, 2, login ? 'logout\n' : 'exit\n');
      throw thrown;
    }
  }
}

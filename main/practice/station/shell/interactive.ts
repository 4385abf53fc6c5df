import { signals, signalStatus } from '../processes.ts';
import type { Process } from '../processes.ts';
import { runScript, statusOf } from './execute.ts';
import { single } from './expand.ts';
import { jobNumber, tellEnded } from './jobs.ts';
import type { Console, Shell } from './shell.ts';
import { Exit, get, say } from './shell.ts';
import { Killed } from './streams.ts';
import { parse } from './syntax.ts';

const signalNames = Object.keys(signals);

/** Where the prompt says we are: `~` for the home. */
function place(shell: Shell): string {
  const home = get(shell, 'HOME') ?? '/';
  if (shell.cwd === home) return '~';
  return shell.cwd.startsWith(`${home}/`) ? `~${shell.cwd.slice(home.length)}` : shell.cwd;
}

async function prompt(shell: Shell, name: 'PS1' | 'PS2'): Promise<string> {
  const given = get(shell, name);
  if (given !== undefined) return expandPrompt(shell, given);
  if (name === 'PS2') return '> ';
  const mark = shell.who.uid === 0 ? '#' : '$';
  if (shell.flavour === 'dash') return `${mark} `;
  const { accounts, hostname } = shell.station;
  return `${accounts.userName(shell.who.uid)}@${hostname}:${place(shell)}${mark} `;
}

/** A prompt of the technician's own, with the letters bash knows and the variables in it. */
async function expandPrompt(shell: Shell, given: string): Promise<string> {
  const { accounts, hostname } = shell.station;
  const letters: Readonly<Record<string, string>> = {
    u: accounts.userName(shell.who.uid),
    h: hostname.split('.')[0] ?? '',
    H: hostname,
    w: place(shell),
    W: place(shell).split('/').at(-1) ?? '/',
    $: shell.who.uid === 0 ? '#' : '$',
    n: '\n',
    r: '\r',
    a: '\x07',
    e: '\x1b',
    s: shell.flavour,
    '\\': '\\',
    '[': '',
    ']': '',
  };
  const spelled =
    shell.flavour === 'bash'
      ? given.replace(/\\([\w$[\]\\])/g, (all, letter: string) => letters[letter] ?? all)
      : given;
  if (!/[$`]/.test(spelled.replace(/\$(?![\w{(?])/g, ''))) return spelled;
  const { status } = shell;
  try {
    const words = parse(`: "${spelled.replaceAll('"', '\\"')}"`).statements[0]?.pipelines[0]?.commands[0];
    const word = words?.type === 'SimpleCommand' ? words.args[0] : undefined;
    return word ? await single(shell, word) : spelled;
  } finally {
    shell.status = status;
  }
}

/** Whether a command goes on in the next line: an open quote, a loop without its end, a here-document. */
export function unfinished(text: string): boolean {
  if (/(^|[^\\])(\\\\)*\\\n?$/.test(text)) return true;
  try {
    parse(text);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : '';
    if (/EOF/.test(why)) return true;
    const [, line, column] = /at (\d+):(\d+): syntax error near unexpected/.exec(why) ?? [];
    const lines = text.split('\n');
    return Number(line) === lines.length && Number(column) > (lines.at(-1) ?? '').length;
  }
  if (/(\|\||&&|\|)\s*$/.test(text)) return true;
  const [first = '', ...rest] = text.split('\n');
  const word = /<<-?\s*(['"]?)([A-Za-z_]\w*)\1/.exec(first)?.[2];
  return word !== undefined && !rest.some(each => each.replace(/^\t+/, '') === word);
}

/** One line from the technician; undefined at Ctrl-D, `again` after Ctrl-C, `idle` when TMOUT ran out. */
async function typed(
  shell: Shell,
  at: Console,
  name: 'PS1' | 'PS2' = 'PS1',
): Promise<string | undefined | { readonly is: 'again' | 'idle' }> {
  const { signal } = shell.process;
  if (signal.aborted) throw signal.reason;
  const reading = new AbortController();
  const stop = (): void => reading.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  let is: 'again' | 'idle' = 'again';
  at.onInterrupt = () => reading.abort(new Killed('INT'));
  const patience = Number(get(shell, 'TMOUT') ?? 0) * 1000;
  const idle =
    patience > 0 ? setTimeout(() => ((is = 'idle'), reading.abort(new Killed('ALRM'))), patience) : undefined;
  try {
    return await at.readLine(await prompt(shell, name), reading.signal, { plain: shell.flavour === 'dash' });
  } catch {
    if (signal.aborted) throw signal.reason;
    return { is };
  } finally {
    clearTimeout(idle);
    signal.removeEventListener('abort', stop);
  }
}

/** A line stopped by Ctrl-Z becomes a job; `fg` and `bg` let it go on. */
async function keepStopped(
  shell: Shell,
  process: Process,
  line: string,
  work: Promise<number>,
): Promise<void> {
  process.title = line;
  process.done = work.catch(thrown => (thrown instanceof Killed ? signalStatus(thrown.signal) : 1));
  void process.done
    .then(status => (process.ended = status))
    .finally(() => shell.station.processes.ended(process));
  shell.jobs.set(process.pid, process);
  const number = jobNumber(shell, process);
  await say(shell, 2, `\n[${number}]+  ${'Stopped'.padEnd(24)}${line}\n`);
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
  at.onInterrupt = () => {
    if (!process.ignored.has('INT')) process.control.abort(new Killed('INT'));
  };
  const running: Shell = { ...shell, process };
  const stopped = new Promise<'stopped'>(resolve => {
    if (at.tty) at.onStop = () => (processes.stop(process.group), resolve('stopped'));
  });
  const work = runScript(running, line);
  try {
    if ((await Promise.race([work, stopped])) === 'stopped') {
      await keepStopped(shell, process, line, work);
      running.status = 148;
      return;
    }
  } catch (thrown) {
    if (thrown instanceof Exit) throw thrown;
    if (own.signal.aborted) throw own.signal.reason;
    running.status = await statusOf(running, thrown);
    // The cursor stands behind ^C.
    if (at.tty && thrown instanceof Killed && thrown.signal === 'INT')
      await say(shell, 2, '\n').catch(() => undefined);
  } finally {
    if (!shell.jobs.has(process.pid)) processes.ended(process);
    at.onStop = () => undefined;
    for (const name of signalNames) {
      if (process.ignored.has(name)) own.ignored.add(name);
      else own.ignored.delete(name);
    }
    const { cwd, umask, status, lastJob, positional } = running;
    Object.assign(shell, { cwd, umask, status, lastJob, positional });
  }
}

/** A command with the lines it goes on in; undefined when Ctrl-C ended it. */
async function completed(shell: Shell, at: Console, first: string): Promise<string | undefined> {
  let text = first;
  while (unfinished(text)) {
    const more = await typed(shell, at, 'PS2');
    if (typeof more === 'object') return undefined;
    if (more === undefined) return text;
    text = /(^|[^\\])(\\\\)*\\$/.test(text) ? text.slice(0, -1) + more : `${text}\n${more}`;
  }
  return text;
}

/** A shell at a terminal, until `exit`, Ctrl-D or the end of the line. */
export async function interactive(shell: Shell, at: Console, login: boolean): Promise<void> {
  shell.options.add('m');
  for (;;) {
    await tellEnded(shell);
    const command = get(shell, 'PROMPT_COMMAND');
    if (command !== undefined && shell.flavour === 'bash') await runLine(shell, at, command);
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
      const whole = await completed(shell, at, line);
      if (whole !== undefined) await runLine(shell, at, whole);
    } catch (thrown) {
      if (thrown instanceof Exit) await say(shell, 2, login ? 'logout\n' : 'exit\n');
      throw thrown;
    }
  }
}

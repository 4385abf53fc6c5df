import { DiskError } from '../disk/nodes.ts';
import { signals } from '../processes.ts';
import { test } from './condition.ts';
import { jobs, resume } from './jobs.ts';
import { printf, unescape } from './printf.ts';
import { readLine } from './read.ts';
import type { Shell } from './shell.ts';
import { assign, Exit, get, Leave, path, prefix, Return, say, ShellError } from './shell.ts';
import { contextOf, which } from './spawn.ts';
import { until } from './streams.ts';
import { quoted } from '../../../core/sh.ts';

/** What builtins need of the executor; handed in so that neither file imports the other. */
export interface Executor {
  runScript(shell: Shell, script: string): Promise<number>;
  call(
    shell: Shell,
    name: string,
    args: readonly string[],
    values: readonly (readonly [string, string])[],
  ): Promise<void>;
}

type Builtin = (shell: Shell, args: readonly string[], run: Executor) => Promise<number> | number;

/** Found before functions; an error in one ends a script (POSIX 2.14). */
export const specialBuiltins = new Set([
  ':',
  '.',
  'break',
  'continue',
  'eval',
  'exec',
  'exit',
  'export',
  'readonly',
  'return',
  'set',
  'shift',
  'times',
  'trap',
  'unset',
]);

export const isBuiltin = (name: string): boolean => Object.hasOwn(builtins, name);

/** Runs a builtin and sets the shell's status. */
export async function runBuiltin(
  shell: Shell,
  name: string,
  args: readonly string[],
  run: Executor,
): Promise<void> {
  try {
    shell.status = (await builtins[name]?.(shell, args, run)) ?? 0;
  } catch (thrown) {
    if (!(thrown instanceof ShellError || thrown instanceof DiskError) || specialBuiltins.has(name))
      throw thrown;
    await say(shell, 2, `${prefix(shell)}${name}: ${thrown.message}\n`);
    shell.status = thrown instanceof ShellError ? thrown.status : 1;
  }
}

const builtins: Readonly<Record<string, Builtin>> = {
  ':': () => 0,
  true: () => 0,
  false: () => 1,
  test: (shell, args) => (test(shell, args) ? 0 : 1),
  '[': (shell, args) => {
    if (args.at(-1) !== ']') throw new ShellError('missing ]');
    return test(shell, args.slice(0, -1)) ? 0 : 1;
  },
  echo,
  printf: async (shell, args) => {
    const [format, ...rest] = args[0] === '--' ? args.slice(1) : args;
    if (format === undefined) throw new ShellError('usage: printf format [arg ...]');
    await shell.fds.get(1)?.write(Buffer.from(printf(format, rest), 'latin1'), shell.process.signal);
    return 0;
  },
  cd,
  pwd: async shell => {
    await say(shell, 1, `${shell.cwd}\n`);
    return 0;
  },
  exit: (shell, args) => {
    throw new Exit(args[0] === undefined ? shell.status : Number(args[0]) & 255);
  },
  return: (shell, args) => {
    throw new Return(args[0] === undefined ? shell.status : Number(args[0]) & 255);
  },
  break: (_, args) => {
    throw new Leave('break', Number(args[0] ?? 1));
  },
  continue: (_, args) => {
    throw new Leave('continue', Number(args[0] ?? 1));
  },
  shift: (shell, args) => {
    const by = Number(args[0] ?? 1);
    if (by > shell.positional.length) throw new ShellError("can't shift that many");
    shell.positional = shell.positional.slice(by);
    return 0;
  },
  export: (shell, args) => declare(shell, args, 'exported'),
  readonly: (shell, args) => declare(shell, args, 'readonly'),
  local: (shell, args) => {
    const scope = shell.locals.at(-1);
    if (!scope) throw new ShellError('not in a function');
    for (const arg of args) {
      const [name, value] = divide(arg);
      if (!scope.has(name)) scope.set(name, shell.vars.get(name));
      shell.vars.set(name, { value: value ?? get(shell, name) ?? '', exported: false, readonly: false });
    }
    return 0;
  },
  unset: (shell, args) => {
    for (const name of args.filter(arg => !arg.startsWith('-'))) {
      if (args[0] === '-f') shell.functions.delete(name);
      else shell.vars.delete(name);
    }
    return 0;
  },
  set,
  eval: (shell, args, run) => run.runScript(shell, args.join(' ')),
  '.': source,
  source,
  trap,
  umask: async (shell, args) => {
    const [mode] = args.filter(arg => !arg.startsWith('-'));
    if (mode === undefined) await say(shell, 1, `${shell.umask.toString(8).padStart(4, '0')}\n`);
    else if (/^[0-7]+$/.test(mode)) shell.umask = Number.parseInt(mode, 8) & 0o777;
    else shell.umask = symbolicMask(shell.umask, mode);
    return 0;
  },
  read,
  wait,
  jobs,
  fg: (shell, args) => resume(shell, 'fg', args),
  bg: (shell, args) => resume(shell, 'bg', args),
  disown: (shell, args) => {
    for (const [pid, job] of shell.jobs)
      if (args.length === 0 || args.includes('-a') || args.includes(`%${job.jobNumber ?? 0}`)) {
        job.detached = true;
        shell.jobs.delete(pid);
      }
    return 0;
  },
  bind: () => 0,
  kill,
  command: commandBuiltin,
  type: async (shell, args) => {
    let status = 0;
    for (const name of args) {
      const at = describe(shell, name);
      if (at === undefined) status = 127;
      const says = at === undefined ? 'not found' : at === name ? 'is a shell builtin' : `is ${at}`;
      await say(
        shell,
        at === undefined ? 2 : 1,
        `${at === undefined ? prefix(shell) : ''}${name}: ${says}\n`.replace(': is', ' is'),
      );
    }
    return status;
  },
  hash: () => 0,
  times: async shell => {
    await say(shell, 1, '0m0.01s 0m0.01s\n0m0.00s 0m0.00s\n');
    return 0;
  },
  ulimit: async (shell, args) => {
    await say(shell, 1, args.includes('-n') ? '1024\n' : 'unlimited\n');
    return 0;
  },
  alias: () => 0,
  unalias: () => 0,
  shopt: () => 0,
  history: () => 0,
  getopts,
};

async function echo(shell: Shell, args: readonly string[]): Promise<number> {
  let [line, escapes, at] = [true, shell.flavour === 'dash', 0];
  for (; /^-[neE]+$/.test(args[at] ?? ''); at += 1) {
    if (shell.flavour === 'dash' && args[at] !== '-n') break;
    if (args[at]?.includes('n')) line = false;
    if (args[at]?.includes('e')) escapes = true;
  }
  const words = args.slice(at).join(' ');
  const { text, stop } = escapes
    ? unescape(Buffer.from(words).toString('latin1'))
    : { text: Buffer.from(words).toString('latin1'), stop: false };
  await shell.fds
    .get(1)
    ?.write(Buffer.from(text + (line && !stop ? '\n' : ''), 'latin1'), shell.process.signal);
  return 0;
}

function cd(shell: Shell, args: readonly string[]): number {
  const given = args.find(arg => arg === '-' || !arg.startsWith('-')) ?? get(shell, 'HOME') ?? '/';
  const to = path(shell, given === '-' ? (get(shell, 'OLDPWD') ?? '.') : given);
  const { tree } = shell.station;
  try {
    const node = tree.folder(to, shell.who);
    if (shell.who.uid !== 0) tree.find(`${to}/.`, shell.who);
    if (node.kind !== 'folder') throw new DiskError('ENOTDIR');
  } catch (thrown) {
    if (!(thrown instanceof DiskError)) throw thrown;
    throw new ShellError(
      shell.flavour === 'dash' ? `can't cd to ${given}` : `${given}: ${thrown.message}`,
      shell.flavour === 'dash' ? 2 : 1,
    );
  }
  assign(shell, 'OLDPWD', shell.cwd);
  shell.cwd = to;
  assign(shell, 'PWD', to);
  return 0;
}

function divide(arg: string): [string, string | undefined] {
  const at = arg.indexOf('=');
  return at < 0 ? [arg, undefined] : [arg.slice(0, at), arg.slice(at + 1)];
}

async function declare(shell: Shell, args: readonly string[], how: 'exported' | 'readonly'): Promise<number> {
  const word = how === 'exported' ? 'export' : 'readonly';
  if (args.length === 0 || args[0] === '-p')
    for (const [name, variable] of shell.vars)
      if (variable[how]) await say(shell, 1, `${word} ${name}=${quoted(variable.value ?? '')}\n`);
  for (const arg of args.filter(each => each !== '-p' && each !== '--')) {
    const [name, value] = divide(arg);
    if (!/^[A-Za-z_]\w*$/.test(name)) throw new ShellError(`${name}: bad variable name`);
    if (value !== undefined) assign(shell, name, value);
    const variable = shell.vars.get(name) ?? { value: undefined, exported: false, readonly: false };
    variable[how] = true;
    shell.vars.set(name, variable);
  }
  return 0;
}

const longOptions: Readonly<Record<string, string>> = {
  errexit: 'e',
  nounset: 'u',
  xtrace: 'x',
  noglob: 'f',
  noclobber: 'C',
  allexport: 'a',
  pipefail: 'pipefail',
};

function set(shell: Shell, args: readonly string[]): number {
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i] ?? '';
    if (arg === '--') {
      shell.positional = args.slice(i + 1);
      return 0;
    }
    if (!/^[-+]./.test(arg)) {
      shell.positional = args.slice(i);
      return 0;
    }
    const on = arg.startsWith('-');
    const letters = arg[1] === 'o' ? [longOptions[args[(i += 1)] ?? ''] ?? ''] : arg.slice(1);
    for (const letter of letters) {
      if (on) shell.options.add(letter);
      else shell.options.delete(letter);
    }
  }
  return 0;
}

async function source(shell: Shell, args: readonly string[], run: Executor): Promise<number> {
  const [given = ''] = args;
  const file = shell.station.tree.open(path(shell, given), {}, shell.who);
  try {
    return await run.runScript(shell, new TextDecoder().decode(file.read(0, file.size || 1 << 20)));
  } catch (thrown) {
    if (thrown instanceof Return) return thrown.status;
    throw thrown;
  }
}

async function trap(shell: Shell, args: readonly string[]): Promise<number> {
  const words = args[0] === '--' ? args.slice(1) : args;
  if (words.length === 0) {
    for (const [name, action] of shell.traps) await say(shell, 1, `trap -- ${quoted(action)} ${name}\n`);
    return 0;
  }
  const [action = '', ...names] = words.length === 1 ? ['-', ...words] : words;
  for (const given of names) {
    const name = signalName(given);
    if (action === '-') shell.traps.delete(name);
    else shell.traps.set(name, action);
    if (action === '' && name !== 'KILL') shell.process.ignored.add(name);
    else shell.process.ignored.delete(name);
    // An interactive shell has no command of its own to end first.
    if (action !== '' && action !== '-' && !shell.interactive) shell.process.caught.add(name);
    else shell.process.caught.delete(name);
  }
  return 0;
}

function signalName(given: string): string {
  if (given === '0') return 'EXIT';
  const bare = given.toUpperCase().replace(/^SIG/, '');
  return /^\d+$/.test(bare)
    ? (Object.keys(signals).find(name => signals[name] === Number(bare)) ?? bare)
    : bare;
}

function symbolicMask(now: number, text: string): number {
  let mask = now;
  for (const clause of text.split(',')) {
    const [, who = '', op = '=', what = ''] = /^([ugoa]*)([-+=])([rwx]*)$/.exec(clause) ?? [];
    const bits = [...what].reduce((sum, char) => sum | ({ r: 4, w: 2, x: 1 }[char] ?? 0), 0);
    for (const [name, shift] of [
      ['u', 6],
      ['g', 3],
      ['o', 0],
    ] as const) {
      if (who !== '' && !who.includes('a') && !who.includes(name)) continue;
      const old = (~mask >> shift) & 7;
      const granted = op === '=' ? bits : op === '+' ? old | bits : old & ~bits;
      mask = (mask & ~(7 << shift)) | ((~granted & 7) << shift);
    }
  }
  return mask;
}

async function read(shell: Shell, args: readonly string[]): Promise<number> {
  let raw = false;
  let silent = false;
  const names: string[] = [];
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i] ?? '';
    if (/^-[rs]+$/.test(arg)) {
      raw ||= arg.includes('r');
      silent ||= arg.includes('s');
    } else if (arg === '-p') await say(shell, 2, args[(i += 1)] ?? '');
    else if (arg === '-t' || arg === '-n' || arg === '-d' || arg === '-u') i += 1;
    else names.push(arg);
  }
  const stdin = shell.fds.get(0);
  const line = stdin && (await readLine(stdin, raw, shell.process.signal));
  if (silent) await say(shell, 2, '\n');
  share(shell, names.length > 0 ? names : ['REPLY'], line?.text ?? '');
  return line?.ended ? 0 : 1;
}

/** Gives a line's fields to variables, the rest to the last one. */
function share(shell: Shell, names: readonly string[], line: string): void {
  const ifs = get(shell, 'IFS') ?? ' \t\n';
  const space = [...ifs].filter(char => ' \t\n'.includes(char)).join('');
  const trimStart = (text: string) => text.replace(space ? new RegExp(`^[${space}]+`) : /^$/, '');
  const trimEnd = (text: string) => text.replace(space ? new RegExp(`[${space}]+$`) : /^$/, '');
  let left = trimStart(line);
  for (const [i, name] of names.entries()) {
    if (i === names.length - 1 || ifs === '') {
      assign(shell, name, i === names.length - 1 ? trimEnd(left) : left);
      if (ifs === '') left = '';
      continue;
    }
    const at = [...left].findIndex(char => ifs.includes(char));
    assign(shell, name, at < 0 ? left : left.slice(0, at));
    const rest = at < 0 ? '' : trimStart(left.slice(at));
    left =
      rest !== '' && ifs.includes(rest.charAt(0)) && !space.includes(rest.charAt(0))
        ? trimStart(rest.slice(1))
        : rest;
  }
}

async function wait(shell: Shell, args: readonly string[]): Promise<number> {
  const ids = args.length > 0 ? args.map(Number) : [...shell.jobs.keys()];
  let status = 0;
  for (const id of ids) {
    const job = shell.jobs.get(id);
    const ended = job ? await firstOf(shell, job.done) : 127;
    // A trap interrupts the wait; the job goes on.
    if (ended === 'trapped') return 128 + (signals[shell.process.pending[0] ?? ''] ?? 0);
    status = ended;
    shell.jobs.delete(id);
  }
  return args.length > 0 ? status : 0;
}

/** A job's status, or that a trap came first. */
async function firstOf(shell: Shell, done: Promise<number>): Promise<number | 'trapped'> {
  const { process, station } = shell;
  const trapped = async (): Promise<'trapped'> => {
    while (!process.pending.some(name => shell.traps.has(name))) await station.processes.trapped();
    return 'trapped';
  };
  if (process.caught.size === 0) return until(done, process.signal);
  return until(Promise.race([done, trapped()]), process.signal);
}

async function kill(shell: Shell, args: readonly string[]): Promise<number> {
  let name = 'TERM';
  const ids = [...args];
  if (ids[0] === '-l') {
    await say(shell, 1, `${Object.keys(signals).join('\n')}\n`);
    return 0;
  }
  if (ids[0] === '-s') name = signalName((ids.shift(), ids.shift()) ?? '');
  else if (ids[0]?.startsWith('-') && ids[0] !== '--') name = signalName(ids.shift()?.slice(1) ?? '');
  if (ids[0] === '--') ids.shift();
  let status = 0;
  for (const id of ids) {
    const job = id.startsWith('%')
      ? [...shell.jobs.values()].find(each => `%${each.jobNumber ?? 0}` === id)
      : undefined;
    const target = job ? -job.group : Number(id);
    const done = shell.station.processes.signal(target, name === 'EXIT' ? 'none' : name, shell.who.uid);
    if (done !== 'sent') {
      const why = done === 'not there' ? 'No such process' : 'Operation not permitted';
      await say(shell, 2, `${prefix(shell)}kill: ${shell.flavour === 'bash' ? `(${id}) - ` : ''}${why}\n`);
      status = 1;
    }
  }
  return status;
}

function describe(shell: Shell, name: string): string | undefined {
  if (shell.functions.has(name) || isBuiltin(name)) return name;
  const env = new Map([['PATH', get(shell, 'PATH') ?? '']]);
  const found = which(contextOf(shell, env), name);
  if (!('at' in found)) return undefined;
  if (name.includes('/')) return name;
  return found.at;
}

async function commandBuiltin(shell: Shell, args: readonly string[], run: Executor): Promise<number> {
  const [first, ...rest] = args;
  if (first === '-v' || first === '-V') {
    const at = describe(shell, rest[0] ?? '');
    if (at !== undefined) await say(shell, 1, first === '-v' ? `${at}\n` : `${rest[0] ?? ''} is ${at}\n`);
    return at === undefined ? 127 : 0;
  }
  const [name, ...others] = first === '-p' || first === '--' ? rest : args;
  if (name === undefined) return 0;
  const without: Shell = { ...shell, functions: new Map() };
  await run.call(without, name, others, []);
  shell.cwd = without.cwd;
  return without.status;
}

function getopts(shell: Shell, args: readonly string[]): number {
  const [spec = '', name = '', ...given] = args;
  const words = given.length > 0 ? given : shell.positional;
  const index = Number(get(shell, 'OPTIND') ?? '1');
  const offset = Number(get(shell, 'OPTOFF ') ?? '1');
  const word = words[index - 1] ?? '';
  const letter = word[offset];
  if (!word.startsWith('-') || word === '-' || letter === undefined || word === '--') {
    if (word === '--') assign(shell, 'OPTIND', String(index + 1));
    assign(shell, name, '?');
    return 1;
  }
  const at = spec.indexOf(letter);
  const takes = at >= 0 && spec[at + 1] === ':';
  const restOfWord = word.slice(offset + 1);
  if (takes) assign(shell, 'OPTARG', restOfWord || (words[index] ?? ''));
  const next = takes ? (restOfWord ? index + 1 : index + 2) : restOfWord ? index : index + 1;
  assign(shell, 'OPTIND', String(next));
  assign(shell, 'OPTOFF ', takes || !restOfWord ? '1' : String(offset + 1));
  assign(shell, name, at < 0 || letter === ':' ? '?' : letter);
  return 0;
}

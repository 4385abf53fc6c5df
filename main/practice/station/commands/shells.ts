import { absolute } from '../disk/paths.ts';
import type { Call, Context, Program, Programs } from '../shell/call.ts';
import { capture, inSubshell, runScript } from '../shell/execute.ts';
import { interactive } from '../shell/interactive.ts';
import type { Shell, Variable } from '../shell/shell.ts';

/** A new shell with what a program inherits. The caller ends it with `inSubshell`. */
export function newShell(
  context: Context,
  how: {
    name: string;
    flavour: Shell['flavour'];
    positional?: readonly string[];
    interactive?: boolean;
    ownsProcess?: boolean;
  },
): Shell {
  const vars = new Map<string, Variable>();
  for (const [name, value] of context.env) vars.set(name, { value, exported: true, readonly: false });
  for (const [name, value] of [
    ['IFS', ' \t\n'],
    ['OPTIND', '1'],
  ] as const)
    vars.set(name, { value, exported: false, readonly: false });
  vars.set('PWD', { value: context.cwd, exported: true, readonly: false });
  return {
    station: context.station,
    session: context.session,
    process: context.process,
    ownsProcess: how.ownsProcess ?? false,
    vars,
    functions: new Map(),
    options: new Set(),
    traps: new Map(),
    jobs: new Map(),
    fds: new Map([...context.fds].map(([fd, stream]) => [fd, stream.retain()])),
    flavour: how.flavour,
    interactive: how.interactive ?? false,
    name: how.name,
    positional: how.positional ?? [],
    cwd: context.cwd,
    umask: context.umask,
    who: context.who,
    status: 0,
    lastJob: undefined,
    guarded: 0,
    locals: [],
    capture,
  };
}

interface Asked {
  readonly set: ReadonlySet<string>;
  readonly login: boolean;
  /** What follows the options: with `-c` the script, else a file. */
  readonly rest: readonly string[];
  readonly asText: boolean;
}

function asked(args: readonly string[]): Asked {
  const set = new Set<string>();
  let [at, asText, login] = [0, false, false];
  for (; /^[-+].+/.test(args[at] ?? '') && args[at] !== '--'; at += 1) {
    const arg = args[at] ?? '';
    if (arg === '-o' && args[(at += 1)] === 'pipefail') set.add('pipefail');
    if (arg === '--login') login = true;
    if (arg === '-o' || arg.startsWith('--')) continue;
    for (const letter of arg.slice(1)) {
      if (letter === 'c') asText = true;
      else if (letter === 'l') login = true;
      else if ('eux'.includes(letter)) set.add(letter);
    }
  }
  return { set, login, asText, rest: args.slice(args[at] === '--' ? at + 1 : at) };
}

/** `sh`, `dash`, `bash`: `-c script`, a script file, a script from standard input, or a technician at a terminal. */
export const sh: Program = async call => {
  const login = call.name.startsWith('-');
  const flavour = call.name.endsWith('bash') ? 'bash' : 'dash';
  const { set, rest, asText, ...given } = asked(call.args);
  const [first, second] = rest;
  const make = (name: string, positional: readonly string[], interactive = false): Shell => {
    const shell = newShell(call, { name, flavour, positional, interactive });
    for (const option of set) shell.options.add(option);
    return shell;
  };
  if (asText) {
    const shell = make(second ?? call.name, rest.slice(2));
    return inSubshell(shell, () => runScript(shell, first ?? ''));
  }
  if (first !== undefined) {
    const script = scriptFile(call, first);
    if (script !== undefined) {
      const shell = make(first, rest.slice(1));
      return inSubshell(shell, () => runScript(shell, script));
    }
    await call.err(`${call.name}: 0: cannot open ${first}: No such file\n`);
    return 2;
  }
  const { console } = call.session;
  if (console && call.stdin.tty) {
    const shell = make(call.name, [], true);
    return inSubshell(shell, () => interactive(shell, console, login || given.login));
  }
  const shell = make(call.name, []);
  return inSubshell(shell, async () => runScript(shell, Buffer.from(await call.readAll()).toString()));
};

function scriptFile(call: Call, given: string): string | undefined {
  const path = absolute(call.cwd, given);
  if (!call.station.tree.peek(path, call.who)) return undefined;
  const file = call.station.tree.open(path, {}, call.who);
  return Buffer.from(file.read(0, file.size)).toString();
}

export const shellPrograms: Programs = { sh, dash: sh, bash: sh };

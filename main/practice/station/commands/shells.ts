import { absolute } from '../disk/paths.ts';
import type { Call, Context, Program, Programs } from '../shell/call.ts';
import { capture, inSubshell, runScript } from '../shell/execute.ts';
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

/** `sh`, `dash`, `bash`: `-c script`, a script file, or a script from standard input. */
export const sh: Program = async call => {
  const flavour = call.name === 'bash' || call.name === '-bash' ? 'bash' : 'dash';
  const set = new Set<string>();
  let at = 0;
  let asText = false;
  for (; /^[-+].+/.test(call.args[at] ?? ''); at += 1) {
    const arg = call.args[at] ?? '';
    if (arg === '--') {
      at += 1;
      break;
    }
    if (arg === '-o') {
      at += 1;
      if (call.args[at] === 'pipefail') set.add('pipefail');
      continue;
    }
    if (arg.startsWith('--')) continue;
    for (const letter of arg.slice(1)) {
      if (letter === 'c') asText = true;
      else if ('eux'.includes(letter)) set.add(letter);
    }
  }
  const fromInput = !asText && call.args[at] === undefined;
  const script = asText ? (call.args[at] ?? '') : fromInput ? '' : scriptFile(call, call.args[at] ?? '');
  if (script === undefined) {
    await call.err(`${call.name}: 0: cannot open ${call.args[at] ?? ''}: No such file\n`);
    return 2;
  }
  const name = asText ? (call.args[at + 1] ?? call.name) : fromInput ? call.name : (call.args[at] ?? '');
  const positional = call.args.slice(asText ? at + 2 : at + 1);
  const process = call.station.processes.start({
    parent: call.process.pid,
    uid: call.who.uid,
    command: [call.name, ...call.args].join(' ').replaceAll('\n', ' ').slice(0, 200),
    session: call.process.session,
    detached: call.process.detached,
    follows: call.process.signal,
  });
  const shell = newShell({ ...call, process }, { name, flavour, positional, ownsProcess: true });
  for (const option of set) shell.options.add(option);
  const work = fromInput
    ? async () => runScript(shell, Buffer.from(await call.readAll()).toString())
    : () => runScript(shell, script);
  const done = inSubshell(shell, work);
  process.done = done;
  return done;
};

function scriptFile(call: Call, given: string): string | undefined {
  const path = absolute(call.cwd, given);
  if (!call.station.tree.peek(path, call.who)) return undefined;
  const file = call.station.tree.open(path, {}, call.who);
  return Buffer.from(file.read(0, file.size)).toString();
}

export const shellPrograms: Programs = { sh, dash: sh, bash: sh };

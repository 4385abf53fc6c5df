import { allowed, DiskError, rootCred } from '../disk/nodes.ts';
import type { FileNode } from '../disk/nodes.ts';
import { absolute } from '../disk/paths.ts';
import { signalStatus } from '../processes.ts';
import type { Process } from '../processes.ts';
import type { Call, Context } from './call.ts';
import type { Shell } from './shell.ts';
import { prefix, say, text } from './shell.ts';
import { fixedStream, Killed } from './streams.ts';
import { Stream } from './streams.ts';

type Found = { readonly at: string } | { readonly status: 126 | 127; readonly says: string };

/** Where PATH finds a program, or why it cannot be run. */
export function which(context: Context, name: string): Found {
  if (name.includes('/')) return runnable(context, absolute(context.cwd, name), name);
  for (const folder of (context.env.get('PATH') ?? '/usr/bin:/bin').split(':')) {
    const found = runnable(context, absolute(context.cwd, `${folder}/${name}`), name);
    if ('at' in found) return found;
  }
  return { status: 127, says: 'not found' };
}

function runnable(context: Context, at: string, name: string): Found {
  try {
    const node = context.station.tree.find(at, context.who);
    if (node.kind !== 'file' || !allowed(node, context.who, 1))
      return { status: 126, says: 'Permission denied' };
    if (context.station.noExec.some(mount => at.startsWith(`${mount}/`)))
      return { status: 126, says: 'Permission denied' };
    return { at };
  } catch (thrown) {
    if (!(thrown instanceof DiskError)) throw thrown;
    return thrown.code === 'EACCES'
      ? { status: 126, says: 'Permission denied' }
      : { status: 127, says: name.includes('/') ? thrown.message : 'not found' };
  }
}

/** Runs a program in this context to its end; gives its exit status. Throws Killed when the whole context was ended. */
export async function execute(context: Context, argv: readonly string[]): Promise<number> {
  const [name = '', ...args] = argv;
  const found = which(context, name);
  if (!('at' in found)) {
    await context.fds.get(2)?.write(text(`${name}: ${found.says}\n`), context.process.signal);
    return found.status;
  }
  return start(context, found.at, name, args);
}

async function start(context: Context, at: string, name: string, args: readonly string[]): Promise<number> {
  const node = context.station.tree.find(at, rootCred) as FileNode;
  if (node.program !== undefined) return program(context, node.program, name, args);
  const head = Buffer.from(node.content.subarray(0, Math.min(node.size, 256))).toString('latin1');
  if (head.startsWith('\x7fELF')) return binary(context, node, at, name, args);
  const shebang = /^#!\s*(\S+)[ \t]*([^\n]*)/.exec(head);
  if (!shebang) return program(context, 'sh', 'sh', [at, ...args]);
  return execute(context, [shebang[1] ?? '/bin/sh', ...(shebang[2] ? [shebang[2].trim()] : []), at, ...args]);
}

/** A real program file that was brought to the node: only what the station knows can run, and only of its own processor. */
async function binary(
  context: Context,
  node: FileNode,
  at: string,
  name: string,
  args: readonly string[],
): Promise<number> {
  const machine = (node.content[18] ?? 0) | ((node.content[19] ?? 0) << 8);
  const own = context.station.arch === 'amd64' ? 62 : 183;
  const known = machine === own ? context.station.knows(node) : undefined;
  if (known !== undefined) return program(context, known, name, args);
  const message = `${at}: cannot execute binary file: Exec format error\n`;
  await context.fds.get(2)?.write(text(message), context.process.signal);
  return 126;
}

/** Every program is a process of its own, unless it takes the place of a job or of a shell that says `exec`. */
async function program(
  context: Context,
  known: string,
  name: string,
  args: readonly string[],
): Promise<number> {
  const run = context.station.programs.get(known);
  if (!run) throw new Error(`the station has no program ${known}`);
  const { processes } = context.station;
  const parent = context.process;
  const command = [name, ...args].join(' ').replaceAll('\n', ' ').slice(0, 300);
  const here = parent.job || context.inPlace === true;
  if (here) parent.command = command;
  const { session, detached } = parent;
  const own = {
    parent: parent.pid,
    uid: context.who.uid,
    command,
    session,
    detached,
    follows: parent.signal,
  };
  const process = here ? parent : processes.start(own);
  const call = callOf({ ...context, process }, name, args);
  try {
    return await run(call);
  } catch (thrown) {
    return await failed(call, parent, thrown);
  } finally {
    if (!here) processes.ended(process);
  }
}

async function failed(call: Call, parent: Process, thrown: unknown): Promise<number> {
  if (thrown instanceof Killed) {
    if (parent.signal.aborted) throw thrown;
    return signalStatus(thrown.signal);
  }
  if (!(thrown instanceof DiskError)) throw thrown;
  await call.err(`${call.name}: ${thrown.message}\n`).catch(() => undefined);
  return 1;
}

const closed = (): Stream => new Stream({});

function callOf(context: Context, name: string, args: readonly string[]): Call {
  const stdin = context.fds.get(0) ?? fixedStream(new Uint8Array(0));
  const stdout = context.fds.get(1) ?? closed();
  const stderr = context.fds.get(2) ?? closed();
  const { signal } = context.process;
  const bytes = (value: string | Uint8Array) => (typeof value === 'string' ? text(value) : value);
  return {
    ...context,
    name: name.split('/').at(-1) ?? name,
    args,
    stdin,
    stdout,
    stderr,
    path: given => absolute(context.cwd, given),
    out: value => stdout.write(bytes(value), signal),
    err: value => stderr.write(bytes(value), signal),
    run: (argv, change = {}) => execute({ ...context, ...change }, argv),
    async readAll() {
      const parts: Uint8Array[] = [];
      for (let part = await stdin.read(signal); part; part = await stdin.read(signal)) parts.push(part);
      return Buffer.concat(parts);
    },
  };
}

/** What a program started by this shell is given. */
export const contextOf = (shell: Shell, env: ReadonlyMap<string, string>): Context => ({
  station: shell.station,
  session: shell.session,
  process: shell.process,
  who: shell.who,
  cwd: shell.cwd,
  umask: shell.umask,
  env,
  fds: shell.fds,
});

/** Runs a program for a shell and sets its status. */
export async function runProgram(
  shell: Shell,
  name: string,
  args: readonly string[],
  env: ReadonlyMap<string, string>,
  inPlace = false,
): Promise<void> {
  const context = { ...contextOf(shell, env), inPlace };
  const found = which(context, name);
  if ('at' in found) {
    shell.status = await start(context, found.at, name, args);
    return;
  }
  shell.status = found.status;
  const wording = found.says === 'not found' && shell.flavour === 'bash' ? 'command not found' : found.says;
  await say(shell, 2, `${prefix(shell)}${name}: ${wording}\n`);
}

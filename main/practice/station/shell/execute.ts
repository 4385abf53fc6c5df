import { DiskError } from '../disk/nodes.ts';
import { signalStatus } from '../processes.ts';
import { isBuiltin, runBuiltin, specialBuiltins } from './builtins.ts';
import { condition } from './condition.ts';
import { arithmetic, fields, pattern, single } from './expand.ts';
import { matches } from './glob.ts';
import { begun } from './jobs.ts';
import { redirect, redirectForGood } from './redirect.ts';
import type { Shell } from './shell.ts';
import { assign, environment, Exit, Leave, prefix, Return, say, ShellError } from './shell.ts';
import { runProgram } from './spawn.ts';
import { collector, Killed, pipe } from './streams.ts';
import { closeShell, subshell } from './subshell.ts';
import type {
  CommandNode,
  CompoundCommandNode,
  PipelineNode,
  ScriptNode,
  SimpleCommandNode,
  StatementNode,
} from './syntax.ts';
import { parse } from './syntax.ts';

/** Runs a script in this shell to its end; gives the exit status. `exit` and `set -e` leave through `Exit`. */
export async function runScript(shell: Shell, script: string): Promise<number> {
  let tree: ScriptNode;
  try {
    tree = parse(script);
  } catch (thrown) {
    await say(shell, 2, `${prefix(shell)}${syntaxText(shell, thrown)}\n`);
    return (shell.status = 2);
  }
  return statements(shell, tree.statements);
}

const syntaxText = (shell: Shell, thrown: unknown): string => {
  const why =
    thrown instanceof Error ? thrown.message.replace(/^.*?syntax error/i, 'syntax error') : String(thrown);
  return shell.flavour === 'dash' ? why.replace(/^syntax error/i, 'Syntax error') : why;
};

async function statements(shell: Shell, list: readonly StatementNode[]): Promise<number> {
  for (const each of list) await statement(shell, each);
  return shell.status;
}

async function statement(shell: Shell, node: StatementNode): Promise<void> {
  if (node.deferredError) {
    await say(shell, 2, `${prefix(shell)}${node.deferredError.message}\n`);
    throw new Exit(2);
  }
  if (shell.process.signal.aborted) throw shell.process.signal.reason;
  await runPending(shell);
  if (node.background) return background(shell, node);
  for (const [i, each] of node.pipelines.entries()) {
    const before = node.operators[i - 1];
    if (before === '&&' && shell.status !== 0) continue;
    if (before === '||' && shell.status === 0) continue;
    const last = i === node.pipelines.length - 1;
    await pipeline(shell, each, !last);
  }
  await runPending(shell);
}

/** Runs the traps of signals that came while a command ran, as POSIX wants it; the script then goes on. */
async function runPending(shell: Shell): Promise<void> {
  const { pending } = shell.process;
  while (pending.length > 0) {
    const action = shell.traps.get(pending[0] ?? '');
    // In a subshell that shares the process the trap is its parent's to run.
    if (!action) return;
    pending.shift();
    const { status } = shell;
    await runScript(shell, action);
    shell.status = status;
  }
}

async function background(shell: Shell, node: StatementNode): Promise<void> {
  const command = node.sourceText ?? 'sh';
  const child = subshell(shell, { command, job: true });
  child.process.title = command.replace(/\s*&\s*$/, '');
  child.process.done = inSubshell(child, () => statement(child, { ...node, background: false }));
  void child.process.done.then(status => (child.process.ended = status));
  await begun(shell, child.process);
  shell.status = 0;
}

async function pipeline(shell: Shell, node: PipelineNode, guarded: boolean): Promise<void> {
  const quiet = guarded || node.negated;
  if (quiet) shell.guarded += 1;
  try {
    if (node.commands.length === 1 && node.commands[0]) await command(shell, node.commands[0]);
    else await piped(shell, node);
  } finally {
    if (quiet) shell.guarded -= 1;
  }
  if (node.negated) shell.status = shell.status === 0 ? 1 : 0;
  else if (shell.status !== 0 && shell.options.has('e') && shell.guarded === 0 && !quiet)
    throw new Exit(shell.status);
}

async function piped(shell: Shell, node: PipelineNode): Promise<void> {
  const running: Promise<number>[] = [];
  let input = shell.fds.get(0)?.retain();
  for (const [i, each] of node.commands.entries()) {
    const child = subshell(shell, { command: 'sh' });
    child.fds.get(0)?.release();
    if (input) child.fds.set(0, input);
    else child.fds.delete(0);
    if (i < node.commands.length - 1) {
      const { from, to } = pipe();
      child.fds.get(1)?.release();
      child.fds.set(1, to);
      if (node.pipeStderr?.[i]) {
        child.fds.get(2)?.release();
        child.fds.set(2, to.retain());
      }
      input = from;
    }
    running.push(inSubshell(child, () => command(child, each)));
  }
  const all = await Promise.all(running);
  const bad = shell.options.has('pipefail') ? all.findLast(status => status !== 0) : undefined;
  shell.status = bad ?? all.at(-1) ?? 0;
}

/** Runs something in a subshell to its end, traps included, and closes it. Never rejects. */
export async function inSubshell(shell: Shell, work: () => Promise<unknown>): Promise<number> {
  try {
    await work();
  } catch (thrown) {
    shell.status = await statusOf(shell, thrown);
  }
  await runTrap(shell, 'EXIT');
  closeShell(shell);
  return shell.status;
}

/** Turns what ended a shell into its exit status, saying what must be said. */
export async function statusOf(shell: Shell, thrown: unknown): Promise<number> {
  if (thrown instanceof Exit || thrown instanceof Return) return thrown.status;
  if (thrown instanceof Leave) return shell.status;
  if (thrown instanceof Killed) {
    shell.status = signalStatus(thrown.signal);
    await runTrap(shell, thrown.signal);
    return signalStatus(thrown.signal);
  }
  if (thrown instanceof ShellError || thrown instanceof DiskError) {
    await say(shell, 2, `${prefix(shell)}${thrown.message}\n`).catch(() => undefined);
    return thrown instanceof ShellError ? thrown.status : 2;
  }
  // A mistake in the station itself must not look like a lost connection.
  const why = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  await say(shell, 2, `practice station: ${why}\n`).catch(() => undefined);
  return 70;
}

/** Runs the command kept for a signal or for EXIT, once. */
async function runTrap(shell: Shell, name: string): Promise<void> {
  const action = shell.traps.get(name);
  if (name === 'EXIT') shell.traps.delete(name);
  if (!action) return;
  const status = shell.status;
  // What the trap runs must not see the signal that brought it here.
  const after: Shell = { ...shell, process: { ...shell.process, signal: new AbortController().signal } };
  try {
    await runScript(after, action);
    shell.status = status;
  } catch (thrown) {
    shell.status = thrown instanceof Exit ? thrown.status : status;
  }
}

async function command(shell: Shell, node: CommandNode): Promise<void> {
  if (node.type === 'SimpleCommand') return simple(shell, node);
  if (node.type === 'FunctionDef') {
    shell.functions.set(node.name, node.body);
    shell.status = 0;
    return;
  }
  await redirected(shell, node.redirections, async () => compound(shell, node));
}

async function redirected(
  shell: Shell,
  list: SimpleCommandNode['redirections'],
  work: () => Promise<void>,
): Promise<void> {
  if (list.length === 0) return work();
  let undo: () => void;
  try {
    undo = await redirect(shell, list);
  } catch (thrown) {
    if (!(thrown instanceof ShellError)) throw thrown;
    await say(shell, 2, `${prefix(shell)}${thrown.message}\n`);
    shell.status = shell.flavour === 'dash' ? 2 : 1;
    return;
  }
  try {
    await work();
  } finally {
    undo();
  }
}

async function compound(shell: Shell, node: CompoundCommandNode): Promise<void> {
  switch (node.type) {
    case 'Group':
      await statements(shell, node.body);
      return;
    case 'Subshell': {
      const child = subshell(shell, { command: 'sh' });
      shell.status = await inSubshell(child, () => statements(child, node.body));
      return;
    }
    case 'If':
      return choice(shell, node);
    case 'For':
      return forEach(shell, node);
    case 'While':
    case 'Until':
      return loop(shell, node);
    case 'Case':
      return cases(shell, node);
    case 'ArithmeticCommand':
      shell.status = (await arithmetic(shell, node.expression.originalText ?? '0')) === '0' ? 1 : 0;
      return;
    case 'ConditionalCommand':
      shell.status = (await condition(shell, node.expression)) ? 0 : 1;
      return;
    case 'CStyleFor':
      throw new ShellError('Syntax error: Bad for loop variable');
    default:
      return node satisfies never;
  }
}

async function holds(shell: Shell, list: readonly StatementNode[]): Promise<boolean> {
  shell.guarded += 1;
  try {
    await statements(shell, list);
  } finally {
    shell.guarded -= 1;
  }
  return shell.status === 0;
}

async function choice(shell: Shell, node: Extract<CommandNode, { type: 'If' }>): Promise<void> {
  for (const { condition: test, body } of node.clauses)
    if (await holds(shell, test)) {
      await statements(shell, body);
      return;
    }
  shell.status = 0;
  if (node.elseBody) await statements(shell, node.elseBody);
}

/** Runs a loop's body once; false when the loop is to end. */
async function turn(shell: Shell, body: readonly StatementNode[]): Promise<boolean> {
  try {
    await statements(shell, body);
    return true;
  } catch (thrown) {
    if (!(thrown instanceof Leave)) throw thrown;
    if (thrown.levels > 1) throw new Leave(thrown.how, thrown.levels - 1);
    shell.status = 0;
    return thrown.how === 'continue';
  }
}

async function forEach(shell: Shell, node: Extract<CommandNode, { type: 'For' }>): Promise<void> {
  const list = node.words ? await fields(shell, node.words) : [...shell.positional];
  shell.status = 0;
  for (const each of list) {
    assign(shell, node.variable, each);
    if (!(await turn(shell, node.body))) break;
  }
}

async function loop(shell: Shell, node: Extract<CommandNode, { type: 'While' | 'Until' }>): Promise<void> {
  const wanted = node.type === 'While';
  let status = 0;
  while ((await holds(shell, node.condition)) === wanted) {
    const again = await turn(shell, node.body);
    status = shell.status;
    if (!again) break;
    // A loop of builtins alone would never let the station do anything else.
    await new Promise(resolve => setImmediate(resolve));
    if (shell.process.signal.aborted) throw shell.process.signal.reason;
  }
  shell.status = status;
}

async function cases(shell: Shell, node: Extract<CommandNode, { type: 'Case' }>): Promise<void> {
  const word = await single(shell, node.word);
  shell.status = 0;
  for (const item of node.items)
    for (const each of item.patterns)
      if (matches(await pattern(shell, each), word)) {
        await statements(shell, item.body);
        return;
      }
}

async function simple(shell: Shell, node: SimpleCommandNode): Promise<void> {
  const before = shell.status;
  const words = await fields(shell, node.name ? [node.name, ...node.args] : node.args);
  const values: [string, string][] = [];
  let substituted = false;
  for (const each of node.assignments) {
    const was = shell.status;
    shell.status = before;
    const value = each.value ? await single(shell, each.value) : '';
    substituted ||= each.value?.parts.some(hasSubstitution) ?? false;
    values.push([each.name, each.append ? (shell.vars.get(each.name)?.value ?? '') + value : value]);
    if (!substituted) shell.status = was;
  }
  if (shell.options.has('x'))
    await say(shell, 2, `+ ${[...values.map(([k, v]) => `${k}=${v}`), ...words].join(' ')}\n`);
  const [name, ...args] = words;
  if (name === undefined) {
    for (const [key, value] of values) assign(shell, key, value);
    await redirected(shell, node.redirections, async () => undefined);
    if (!substituted) shell.status = 0;
    return;
  }
  if (name === 'exec') return exec(shell, args, node);
  await redirected(shell, node.redirections, () => call(shell, name, args, values));
}

const hasSubstitution = (part: { type: string; parts?: unknown }): boolean =>
  part.type === 'CommandSubstitution' ||
  (Array.isArray(part.parts) && (part.parts as { type: string }[]).some(inner => hasSubstitution(inner)));

/** `exec`: redirections stay; a command replaces the shell. */
async function exec(shell: Shell, args: readonly string[], node: SimpleCommandNode): Promise<void> {
  await redirectForGood(shell, node.redirections);
  shell.status = 0;
  const [name, ...rest] = args;
  if (name === undefined) return;
  await runProgram(shell, name, rest, environment(shell), shell.ownsProcess);
  throw new Exit(shell.status);
}

/** Runs a function, builtin or program by name. */
export async function call(
  shell: Shell,
  name: string,
  args: readonly string[],
  values: readonly (readonly [string, string])[],
): Promise<void> {
  const special = specialBuiltins.has(name);
  const body = special ? undefined : shell.functions.get(name);
  if (!body && !isBuiltin(name)) {
    const env = environment(shell);
    for (const [key, value] of values) env.set(key, value);
    return runProgram(shell, name, args, env);
  }
  const saved = values.map(([key]) => [key, shell.vars.get(key) && { ...shell.vars.get(key) }] as const);
  for (const [key, value] of values) {
    assign(shell, key, value);
    const variable = shell.vars.get(key);
    if (variable && body) variable.exported = true;
  }
  try {
    if (body) await callFunction(shell, body, args);
    else await runBuiltin(shell, name, args, { runScript, call });
  } finally {
    if (!special)
      for (const [key, before] of saved) {
        if (before) shell.vars.set(key, before as never);
        else shell.vars.delete(key);
      }
  }
}

async function callFunction(shell: Shell, body: CompoundCommandNode, args: readonly string[]): Promise<void> {
  const before = shell.positional;
  shell.positional = args;
  shell.locals.push(new Map());
  try {
    await command(shell, body);
  } catch (thrown) {
    if (!(thrown instanceof Return)) throw thrown;
    shell.status = thrown.status;
  } finally {
    shell.positional = before;
    for (const [key, variable] of shell.locals.pop() ?? []) {
      if (variable) shell.vars.set(key, variable);
      else shell.vars.delete(key);
    }
  }
}

/** What `$(…)` gives: the output of a subshell, its status kept in the shell. */
export async function capture(shell: Shell, script: ScriptNode): Promise<string> {
  const child = subshell(shell, { command: 'sh' });
  const out = collector();
  child.fds.get(1)?.release();
  child.fds.set(1, out.stream);
  shell.status = await inSubshell(child, () => statements(child, script.statements));
  return new TextDecoder().decode(out.bytes()).replaceAll('\0', '');
}

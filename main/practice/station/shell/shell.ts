import type { CompoundCommandNode, ScriptNode } from './syntax.ts';
import type { Cred } from '../disk/nodes.ts';
import { absolute } from '../disk/paths.ts';
import type { Tty } from '../console/tty.ts';
import type { Process } from '../processes.ts';
import type { Station } from '../station.ts';
import type { Stream } from './streams.ts';

export interface Variable {
  value: string | undefined;
  exported: boolean;
  readonly: boolean;
}

/** Lines typed at a terminal. Undefined at Ctrl-D; rejects when the signal fires. */
export interface Console {
  /** `plain`: a shell that leaves all editing to the kernel, as dash does. */
  readLine(
    prompt: string,
    signal: AbortSignal,
    how?: { readonly plain?: boolean },
  ): Promise<string | undefined>;
  /** The same with the echo off. */
  readSecret(prompt: string, signal: AbortSignal): Promise<string | undefined>;
  /** Ctrl-C was typed. */
  onInterrupt: () => void;
  /** Ctrl-Z was typed. */
  onStop?: () => void;
  /** The line itself, where it has settings of its own. */
  readonly tty?: Tty;
}

/** Where a login came from, and the terminal it has, if any. */
export interface Session {
  readonly user: string;
  terminal: { cols: number; rows: number } | undefined;
  /** When sudo last took a password in this session (a terminal's own memory, as with `tty_tickets`). */
  sudoUntil: number;
  readonly id: string;
  /** The terminal's keyboard; only where there is one. */
  console?: Console;
}

/** State of one running shell or subshell. */
export interface Shell {
  readonly station: Station;
  readonly session: Session;
  readonly process: Process;
  /** The process ends with this shell. */
  readonly ownsProcess: boolean;
  readonly vars: Map<string, Variable>;
  readonly functions: Map<string, CompoundCommandNode>;
  readonly options: Set<string>;
  readonly traps: Map<string, string>;
  readonly jobs: Map<number, Process>;
  readonly fds: Map<number, Stream>;
  /** `bash` for login and interactive shells, else `dash`: it decides the wording of errors. */
  readonly flavour: 'bash' | 'dash';
  readonly interactive: boolean;
  name: string;
  positional: readonly string[];
  cwd: string;
  umask: number;
  who: Cred;
  status: number;
  lastJob: number | undefined;
  /** Above 0 while a failing command must not end the shell under `set -e`. */
  guarded: number;
  /** Saved variables of the functions being called, innermost last. */
  readonly locals: Map<string, Variable | undefined>[];
  readonly capture: (shell: Shell, script: ScriptNode) => Promise<string>;
}

/** Ends the shell, as `exit` does. */
export class Exit extends Error {
  readonly status: number;
  constructor(status: number) {
    super('exit');
    this.status = status;
  }
}
export class Return extends Error {
  readonly status: number;
  constructor(status: number) {
    super('return');
    this.status = status;
  }
}
export class Leave extends Error {
  readonly how: 'break' | 'continue';
  readonly levels: number;
  constructor(how: 'break' | 'continue', levels: number) {
    super(how);
    this.how = how;
    this.levels = levels;
  }
}
/** A message for stderr that ends the command, and in a script the shell too. */
export class ShellError extends Error {
  readonly status: number;
  constructor(message: string, status = 2) {
    super(message);
    this.status = status;
  }
}

export const get = (shell: Shell, name: string): string | undefined => shell.vars.get(name)?.value;

export function assign(shell: Shell, name: string, value: string): void {
  const there = shell.vars.get(name);
  if (there?.readonly) throw new ShellError(`${name}: is read only`);
  if (there) there.value = value;
  else shell.vars.set(name, { value, exported: shell.options.has('a'), readonly: false });
}

/** Variables a program started now would see. */
export function environment(shell: Shell): Map<string, string> {
  const env = new Map<string, string>();
  for (const [name, { value, exported }] of shell.vars)
    if (exported && value !== undefined) env.set(name, value);
  return env;
}

export const path = (shell: Shell, given: string): string => absolute(shell.cwd, given);

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

export async function say(shell: Shell, fd: 1 | 2, message: string): Promise<void> {
  await shell.fds.get(fd)?.write(text(message), shell.process.signal);
}

/** How this shell begins an error message. */
export const prefix = (shell: Shell): string =>
  shell.flavour === 'dash' ? `${shell.name}: 1: ` : shell.interactive ? '-bash: ' : `${shell.name}: line 1: `;

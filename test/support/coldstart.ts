import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { exitCodes, failureKinds } from '../../preload/contract/failure.ts';
import type { Failure, FailureCode } from '../../preload/contract/failure.ts';

const root = join(import.meta.dirname, '..', '..');

/** How one command line ended, and all it said. */
export interface Said {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The one object on standard output; undefined when there was none. */
  // eslint-disable-next-line typescript/no-explicit-any -- what a command prints is looked into freely here
  readonly json: any;
}

export interface Running {
  readonly child: ChildProcess;
  /** Everything on standard error so far. */
  said(): string;
  /** Waits until standard error matches; fails when the command ends before. */
  until(wanted: RegExp): Promise<void>;
  /**
   * Holds the command still (SIGSTOP) at a moment when `now` is so, however fast the machine is: it lets it run for a
   * few milliseconds at a time. Fails when the command ends before. A signal that ends it, or `goOn`, is next.
   */
  heldWhen(now: () => boolean): Promise<void>;
  /** Lets a held command run again. */
  goOn(): void;
  readonly ended: Promise<Said>;
}

export interface CommandLine {
  readonly home: string;
  /** Starts a command as a script would, without a terminal; `--json` is added. */
  start(...args: readonly string[]): Running;
  /** The same, to its end. */
  run(...args: readonly string[]): Promise<Said>;
  /** The same, and it must end well; gives its object. */
  done(...args: readonly string[]): Promise<Said['json']>;
}

/** The built command line on this home. `always` are options that every command gets. */
export function commandLine(
  home: string,
  always: readonly string[] = [],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): CommandLine {
  const start = (...args: readonly string[]): Running =>
    running(
      spawn(process.execPath, [join(root, 'out/hosts/cli.js'), '--json', ...always, ...args], {
        cwd: options.cwd ?? home,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...options.env, COLDSTART_HOME: home },
      }),
    );
  return {
    home,
    start,
    run: (...args) => start(...args).ended,
    done: async (...args) => {
      const said = await start(...args).ended;
      assert.equal(said.status, 0, `${args.join(' ')}\n${said.stdout}${said.stderr}`);
      return said.json;
    },
  };
}

function running(child: ChildProcess): Running {
  let stdout = '';
  let stderr = '';
  let heard = (): void => undefined;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    heard();
  });
  const ended = new Promise<Said>(done =>
    child.once('close', (status, signal) => {
      done({ status, signal, stdout, stderr, json: oneObject(stdout) });
      heard();
    }),
  );
  return {
    child,
    said: () => stderr,
    ended,
    until: async wanted => {
      while (!wanted.test(stderr)) {
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`it ended before ${String(wanted)}:\n${stdout}${stderr}`);
        await new Promise<void>(resolve => (heard = resolve));
      }
    },
    heldWhen: async now => {
      for (;;) {
        child.kill('SIGSTOP');
        if (now()) return;
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`it ended before the moment came:\n${stdout}${stderr}`);
        child.kill('SIGCONT');
        await new Promise(resolve => setTimeout(resolve, 3));
      }
    },
    goOn: () => void child.kill('SIGCONT'),
  };
}

function oneObject(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The failure a command ended with, after looking at what every failure must have: its exit code, one object on
 * standard output, words for a person in all four places, and nothing a terminal would obey.
 */
export function failureIn(said: Said, code: FailureCode): Failure {
  const all = `exit ${said.status}\n${said.stdout}${said.stderr}`;
  assert.ok(said.json !== undefined, `no single object on stdout: ${all}`);
  // A run that ended badly is an object of its own, with its failure inside.
  const failure = said.json.failure as Failure | undefined;
  assert.ok(failure, all);
  assert.equal(failure.code, code, all);
  assert.equal(said.status, exitCodes[failureKinds[code]], all);
  for (const place of ['says', 'untouched', 'next'] as const)
    assert.ok((failure[place] ?? '').length > 5, `“${place}” is missing: ${all}`);
  assert.doesNotMatch(failure.says, /^\[object|undefined|NaN|Error:|\bat file:|\bE[A-Z]{4,}\b/, all);
  harmless(said);
  return failure;
}

/** No byte in what was said steers a terminal: not raw, and not by way of JSON either. */
export function harmless({ stdout, stderr }: Said): void {
  // eslint-disable-next-line no-control-regex -- that is what is looked for
  assert.doesNotMatch(stdout + stderr, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
}

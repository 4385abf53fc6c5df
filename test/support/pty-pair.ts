import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { folder } from './folder.ts';

/** Two pseudo-terminals joined back to back by socat: what goes into one comes out of the other. */
export interface PtyPair {
  readonly a: string;
  readonly b: string;
  /** Pulls the cable: both ends vanish. */
  pull(): Promise<void>;
}

/** Ends a child of the test's own. */
export async function ended(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

/** Waits until something is so, at most `ms`. */
export async function until(so: () => boolean, ms = 5000): Promise<void> {
  for (const end = Date.now() + ms; !so();) {
    if (Date.now() > end) throw new Error('it did not become so in time');
    await wait(10);
  }
}

/** Starts socat with these arguments; it is ended with the test. */
export function socat(t: TestContext, ...args: readonly string[]): ChildProcess {
  const child = spawn('socat', args, { stdio: 'ignore' });
  t.after(() => ended(child, 'SIGKILL'));
  return child;
}

export async function ptyPair(t: TestContext, at = folder(t)): Promise<PtyPair> {
  const a = join(at, 'a');
  const b = join(at, 'b');
  const child = socat(t, `pty,rawer,link=${a}`, `pty,rawer,link=${b}`);
  await until(() => existsSync(a) && existsSync(b));
  return { a, b, pull: () => ended(child) };
}

import { spawnSync } from 'node:child_process';
import type { Tool } from './needs.ts';

/** The shells nodes have, as they are started for one command. */
export const shells: readonly {
  readonly name: string;
  readonly start: readonly [string, ...string[]];
  readonly tool?: Tool;
}[] = [
  { name: 'dash', start: ['dash', '-c'], tool: 'dash' },
  { name: 'busybox ash', start: ['busybox', 'ash', '-c'], tool: 'busybox' },
  { name: 'bash', start: ['bash', '-c'] },
];

/** Runs a node-side command in one of the shells, on this machine. */
export function inShell(
  start: readonly [string, ...string[]],
  text: string,
  env?: NodeJS.ProcessEnv,
): { readonly code: number | null; readonly stdout: string; readonly stderr: string } {
  const [program, ...args] = start;
  const done = spawnSync(program, [...args, text], {
    encoding: 'utf8',
    ...(env && { env }),
    timeout: 60_000,
  });
  return { code: done.status, stdout: done.stdout, stderr: done.stderr };
}

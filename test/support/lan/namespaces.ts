import { execFileSync } from 'node:child_process';
import { globSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const all = '/run/netns';
const mark = 'csl-';
let made = 0;

/** What the names of all that belongs to one network begin with: `csl-<process id>-<number>-`. */
export const newPrefix = (): string => `${mark}${process.pid}-${++made}-`;

export const namespacesOf = (prefix: string): string[] => {
  try {
    return readdirSync(all).filter(name => name.startsWith(prefix));
  } catch {
    return []; // nobody made a namespace since the machine started
  }
};

/** Runs `ip` once for many lines, inside a namespace when one is named. */
export function ip(lines: readonly string[], inside?: string): void {
  const where = inside === undefined ? [] : ['-n', inside];
  execFileSync('ip', [...where, '-batch', '-'], { input: `${lines.join('\n')}\n`, stdio: 'pipe' });
}

function processesIn(namespaces: readonly string[]): number[] {
  const inodes = new Set(namespaces.map(name => statSync(join(all, name)).ino));
  return readdirSync('/proc').flatMap(pid => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      return inodes.has(statSync(`/proc/${pid}/ns/net`).ino) ? [Number(pid)] : [];
    } catch {
      return []; // it ended while we looked
    }
  });
}

/** Takes away every namespace of a network, with all that still runs in them, and its folder. */
export function removeAll(prefix: string): void {
  const names = namespacesOf(prefix);
  for (const pid of processesIn(names))
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself in the meantime.
    }
  if (names.length > 0) ip(names.map(name => `netns del ${name}`));
  for (const folder of globSync(join(tmpdir(), `${prefix}*`)))
    rmSync(folder, { recursive: true, force: true });
}

const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Clears away the networks of processes that were killed, and their keepers with them. */
export function removeOrphans(): void {
  const prefixes = new Set(namespacesOf(mark).map(name => name.replace(/^(csl-\d+-\d+-).*/, '$1')));
  for (const prefix of prefixes) if (!lives(Number(prefix.split('-')[1]))) removeAll(prefix);
}

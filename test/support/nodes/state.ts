import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** What is kept of a running node, so that whoever comes later can list it, or clear it away when its owner died. */
export interface Kept {
  readonly kind: 'nspawn' | 'qemu' | 'lan';
  readonly id: string;
  readonly name: string;
  /** The network it is on, and whether it goes with the node. */
  readonly lan: string;
  readonly ownLan: boolean;
  readonly port: number;
}

/** Short: the path of a Unix socket must fit in 107 bytes. */
const top = (): string =>
  process.getuid?.() === 0 ? '/run/coldstart-nodes' : join(tmpdir(), `csn-${process.getuid?.() ?? ''}`);

export const stateOf = (id: string): string => join(top(), id);

/** Process id and start time: an id alone may belong to someone else by now. */
function stamp(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Field 3 is the state: a zombie runs no more. Field 22 is the start time.
    return fields[0] === 'Z' ? undefined : `${pid} ${fields[19]}`;
  } catch {
    return undefined;
  }
}

/** Says that this process answers for the node from now on. */
export function own(folder: string, pid = process.pid): void {
  const file = join(folder, 'owner');
  writeFileSync(`${file}.new`, stamp(pid) ?? '');
  renameSync(`${file}.new`, file);
}

/** The folder of a new node; it appears whole, with its owner. */
export function newState(kept: Kept): string {
  mkdirSync(top(), { recursive: true, mode: 0o755 });
  const making = join(top(), `.${kept.id}`);
  mkdirSync(making, { mode: 0o700 });
  own(making);
  writeFileSync(join(making, 'node.json'), JSON.stringify(kept));
  renameSync(making, stateOf(kept.id));
  return stateOf(kept.id);
}

export interface Found extends Kept {
  readonly folder: string;
  readonly alive: boolean;
  /** Process that answers for it. */
  readonly owner: number;
}

/** Every node of this user on this machine. */
export function found(): Found[] {
  let ids: string[];
  try {
    ids = readdirSync(top()).filter(id => !id.startsWith('.'));
  } catch {
    return [];
  }
  return ids.flatMap(id => {
    const folder = stateOf(id);
    try {
      const kept = JSON.parse(readFileSync(join(folder, 'node.json'), 'utf8')) as Kept;
      const owner = readFileSync(join(folder, 'owner'), 'utf8');
      const pid = Number(owner.split(' ')[0]);
      return [{ ...kept, folder, owner: pid, alive: owner !== '' && stamp(pid) === owner }];
    } catch {
      return []; // it went away while we looked
    }
  });
}

/** Takes away all that a node had. */
export function clear(node: Kept & { readonly folder: string }): void {
  const args = [node.folder, node.id, node.lan, node.ownLan ? 'yes' : 'no'];
  if (node.kind === 'nspawn')
    execFileSync(join(import.meta.dirname, 'nspawn/down.sh'), ['away', ...args], { stdio: 'ignore' });
  if (node.kind === 'lan')
    execFileSync(join(import.meta.dirname, 'nspawn/lan.sh'), ['down', node.id], { stdio: 'ignore' });
  rmSync(node.folder, { recursive: true, force: true });
}

/** Ends a node that another process keeps: asks that first, and clears away what is left. */
export async function end(node: Found): Promise<void> {
  if (node.alive) process.kill(node.owner, 'SIGTERM');
  const isOver = (): boolean => !found().some(one => one.id === node.id && one.alive);
  for (let tries = 0; !isOver() && tries < 100; tries++) await pause(50);
  clear(node);
}

/** Clears away what nobody answers for any more: the test's process was killed, and what kept the node with it. */
export function clearOrphans(): void {
  const dead = found().filter(node => !node.alive);
  if (dead.length === 0) return;
  // A second look: a busy system may have told nothing of an owner that lives.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  const still = found().filter(node => !node.alive);
  for (const node of still) if (dead.some(one => one.id === node.id && one.owner === node.owner)) clear(node);
}

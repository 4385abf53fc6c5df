import { readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

/** A program that has a port open, as far as this account may see. */
export interface Holder {
  readonly program: string;
  readonly pid: number;
}

/** Where the system tells about processes and lock files; tests point these elsewhere. */
export interface HolderPlaces {
  readonly proc: string;
  readonly locks: readonly string[];
}

export const holderPlaces: HolderPlaces = { proc: '/proc', locks: ['/run/lock', '/var/lock'] };

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};
const inside = (path: string): readonly string[] => {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
};
const target = (path: string): string | undefined => {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
};

/**
 * Whether an open file is the one of that name here: a program in a container calls a terminal of its own `/dev/pts/0`
 * too. What cannot be looked at counts as the same, for a name is better than nothing.
 */
function sameFile(open: string, device: string): boolean {
  try {
    const [theirs, ours] = [statSync(open), statSync(device)];
    if (theirs.dev === ours.dev && theirs.ino === ours.ino) return true;
    // A container's own node of a real port is that port; a pseudo-terminal is numbered anew in each.
    return ours.rdev !== 0 && theirs.rdev === ours.rdev && !device.startsWith('/dev/pts/');
  } catch {
    return true;
  }
}

const programOf = (proc: string, pid: number): string | undefined =>
  read(join(proc, String(pid), 'comm'))?.trim();

/**
 * Who has each of these devices open. One pass over the open files of all processes this account may look into, then
 * the lock files that terminal programs leave (`LCK..ttyUSB0` with a process id); those of ended programs do not count.
 */
export function holdersOf(
  devices: readonly string[],
  { proc, locks }: HolderPlaces = holderPlaces,
): ReadonlyMap<string, Holder> {
  const found = new Map<string, Holder>();
  if (devices.length === 0) return found;
  const wanted = new Set(devices);
  for (const name of inside(proc)) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const files = join(proc, name, 'fd');
    for (const file of inside(files)) {
      const device = target(join(files, file));
      if (device === undefined || !wanted.has(device) || found.has(device)) continue;
      if (sameFile(join(files, file), device))
        found.set(device, { program: programOf(proc, pid) ?? 'a program', pid });
    }
  }
  for (const device of devices) {
    if (found.has(device)) continue;
    const holder = lockedBy(device, proc, locks);
    if (holder) found.set(device, holder);
  }
  return found;
}

function lockedBy(device: string, proc: string, locks: readonly string[]): Holder | undefined {
  for (const folder of locks) {
    const pid = Number.parseInt(read(join(folder, `LCK..${basename(device)}`)) ?? '', 10);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const program = programOf(proc, pid);
    if (program !== undefined) return { program, pid };
  }
  return undefined;
}

/** True when a program of this name runs, whoever runs it. */
export const runs = (program: string, { proc }: HolderPlaces = holderPlaces): boolean =>
  inside(proc).some(name => /^\d+$/.test(name) && programOf(proc, Number(name)) === program);

import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readFile, statfs } from 'node:fs/promises';
import type { Stick, StickWarning } from '../../preload/contract/domain.ts';
import type { FoundStick } from '../core/sticks/found.ts';
import { sticksIn } from '../core/sticks/lsblk.ts';
import { notMountedLinux } from '../core/sticks/not-mounted.ts';
import { stickWarnings, troubleIn } from '../core/sticks/warnings.ts';
import type { Sticks } from '../ports.ts';
import { ejectStick } from './eject.ts';

const columns = 'NAME,LABEL,MODEL,SERIAL,FSTYPE,FSSIZE,SIZE,RM,HOTPLUG,RO,TRAN,TYPE,PARTTYPE,MOUNTPOINT';
const patienceMs = 5000;

/** What a tool printed; nothing when it is not there, refuses or hangs on a dead disk. */
const printed = (tool: string, args: readonly string[]): Promise<string | undefined> =>
  new Promise(done => {
    execFile(
      tool,
      [...args],
      { timeout: patienceMs, killSignal: 'SIGKILL', maxBuffer: 2 ** 24 },
      (error, stdout) => done(error ? undefined : stdout),
    );
  });

/** `MOUNTPOINTS` is refused by util-linux before 2.37, which knows only one mount point for each device; `PATH` before 2.33. */
const lsblk = async (tool: string): Promise<string> => {
  for (const wanted of [`${columns},PATH,MOUNTPOINTS`, `${columns},PATH`, columns]) {
    const answer = await printed(tool, ['-J', '-b', '-o', wanted]);
    if (answer !== undefined) return answer;
  }
  return '';
};

/** Nothing for a stick that was pulled between the two looks. */
async function measured(found: FoundStick, log: string): Promise<Stick | undefined> {
  const { readOnly, locked: _locked, drive, ...stick } = found;
  try {
    const figures = await statfs(stick.path);
    const mayWrite = await access(stick.path, constants.W_OK).then(
      () => true,
      () => false,
    );
    const shown = {
      ...stick,
      bytes: figures.blocks * figures.bsize,
      free: figures.bavail * figures.bsize,
      writable: !readOnly && mayWrite,
    };
    return { ...shown, warnings: stickWarnings({ ...shown, readOnly }, troubleIn(log, drive)) };
  } catch {
    return undefined;
  }
}

/** A stick that can be seen but not chosen. */
const seenOnly = (
  { readOnly: _readOnly, locked: _locked, drive: _drive, ...stick }: FoundStick,
  warning: StickWarning,
): Stick => ({ ...stick, free: 0, writable: false, warnings: [warning] });

/** The kernel's own list of block devices, and what of them is mounted where. */
async function glance(): Promise<string> {
  const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
  const [devices, mounts] = await Promise.all([read('/proc/partitions'), read('/proc/self/mountinfo')]);
  return [devices, ...mounts.split('\n').filter(line => line.includes(' /dev/'))].join('\n');
}

/**
 * Sticks that are plugged in, by `lsblk` on Linux. Where there is no lsblk the list is empty and the technician chooses a
 * folder instead.
 */
export function localSticks(tool = 'lsblk'): Sticks {
  return {
    list: async () => {
      const found = sticksIn(await lsblk(tool));
      // Nothing where this account may not read it.
      const log = found.length === 0 ? '' : ((await printed('dmesg', [])) ?? '');
      const unmounted = found.some(({ path }) => path === '');
      // Its daemon answers, which the tool alone does not tell.
      const udisks = unmounted && (await printed('udisksctl', ['status'])) !== undefined;
      const by = { udisks, isRoot: process.getuid?.() === 0 };
      const sticks = await Promise.all(
        found.map(async each =>
          each.path === '' ? seenOnly(each, notMountedLinux(each, by)) : await measured(each, log),
        ),
      );
      return sticks.filter(stick => stick !== undefined);
    },
    glance,
    eject: ejectStick,
  };
}

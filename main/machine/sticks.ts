import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import type { Stick } from '../../preload/contract/domain.ts';
import { stickWarnings, troubleIn } from '../core/sticks/warnings.ts';
import { sticksIn } from '../core/stick-list.ts';
import type { MountedStick } from '../core/stick-list.ts';
import type { Sticks } from '../ports.ts';
import { ejectStick } from './eject.ts';

const columns = 'NAME,LABEL,MODEL,SERIAL,FSTYPE,FSSIZE,SIZE,RM,HOTPLUG,RO,TRAN,MOUNTPOINT';
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

/** `MOUNTPOINTS` is refused by util-linux before 2.37, which knows only one mount point for each device. */
const lsblk = async (tool: string): Promise<string> =>
  (await printed(tool, ['-J', '-b', '-o', `${columns},MOUNTPOINTS`])) ??
  (await printed(tool, ['-J', '-b', '-o', columns])) ??
  '';

/** Nothing for a stick that was pulled between the two looks. */
async function measured({ readOnly, ...stick }: MountedStick, log: string): Promise<Stick | undefined> {
  try {
    const figures = await statfs(stick.path);
    const mayWrite = await access(stick.path, constants.W_OK).then(
      () => true,
      () => false,
    );
    const found = {
      ...stick,
      bytes: figures.blocks * figures.bsize,
      free: figures.bavail * figures.bsize,
      writable: !readOnly && mayWrite,
    };
    return { ...found, warnings: stickWarnings({ ...found, readOnly }, troubleIn(log, stick.device)) };
  } catch {
    return undefined;
  }
}

/**
 * Sticks that are plugged in and mounted, by `lsblk` on Linux. Where there is no lsblk the list is empty and the
 * technician chooses a folder instead.
 */
export function localSticks(tool = 'lsblk'): Sticks {
  return {
    list: async () => {
      const found = sticksIn(await lsblk(tool));
      // Nothing where this account may not read it.
      const log = found.length === 0 ? '' : ((await printed('dmesg', [])) ?? '');
      const sticks = await Promise.all(found.map(stick => measured(stick, log)));
      return sticks.filter(stick => stick !== undefined);
    },
    eject: ejectStick,
  };
}

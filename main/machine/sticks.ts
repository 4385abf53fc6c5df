import { readFile } from 'node:fs/promises';
import { sticksIn } from '../core/sticks/lsblk.ts';
import { notMountedLinux } from '../core/sticks/not-mounted.ts';
import type { Sticks } from '../ports.ts';
import { ejectStick } from './eject.ts';
import { macSticks } from './sticks-mac.ts';
import { measured, runTool, seenOnly } from './sticks-shown.ts';
import { windowsSticks } from './sticks-windows.ts';

const columns = 'NAME,LABEL,MODEL,SERIAL,FSTYPE,FSSIZE,SIZE,RM,HOTPLUG,RO,TRAN,TYPE,PARTTYPE,MOUNTPOINT';

/** What a tool printed; nothing when it is not there, refuses or hangs on a dead disk. */
const printed = async (tool: string, args: readonly string[]): Promise<string | undefined> => {
  const { ok, stdout } = await runTool(tool, args);
  return ok ? stdout : undefined;
};

/** `MOUNTPOINTS` is refused by util-linux before 2.37, which knows only one mount point for each device; `PATH` before 2.33. */
const lsblk = async (tool: string): Promise<string> => {
  for (const wanted of [`${columns},PATH,MOUNTPOINTS`, `${columns},PATH`, columns]) {
    const answer = await printed(tool, ['-J', '-b', '-o', wanted]);
    if (answer !== undefined) return answer;
  }
  return '';
};

/** The kernel's own list of block devices, and what of them is mounted where. */
async function glance(): Promise<string> {
  const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
  const [devices, mounts] = await Promise.all([read('/proc/partitions'), read('/proc/self/mountinfo')]);
  return [devices, ...mounts.split('\n').filter(line => line.includes(' /dev/'))].join('\n');
}

/** Sticks that are plugged into this laptop, asked as its system is asked. */
export const localSticks = (lsblk = 'lsblk'): Sticks =>
  process.platform === 'darwin'
    ? macSticks()
    : process.platform === 'win32'
      ? windowsSticks()
      : linuxSticks(lsblk);

/** Sticks by `lsblk`. Where there is none the list is empty and the technician chooses a folder instead. */
function linuxSticks(tool: string): Sticks {
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

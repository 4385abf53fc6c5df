import { execFile } from 'node:child_process';
import { access, readFile, readdir, readlink, realpath, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { FieldError } from '../../preload/contract/failure.ts';
import { sh } from '../core/sh.ts';
import type { Ejected } from '../../preload/contract/supply/sticks.ts';
import { mountsIn } from './mounts.ts';
import type { Mount } from './mounts.ts';

const patienceMs = 60_000;

interface Ran {
  readonly ok: boolean;
  readonly says: string;
}
const ran = (tool: string, ...args: string[]): Promise<Ran> =>
  new Promise(done => {
    execFile(
      tool,
      args,
      { timeout: patienceMs, env: { ...process.env, LC_ALL: 'C' } },
      (error, stdout, stderr) =>
        done({ ok: !error, says: (stderr || stdout || (error?.message ?? '')).trim() }),
    );
  });

const mounts = async (): Promise<readonly Mount[]> =>
  mountsIn(await readFile('/proc/self/mountinfo', 'utf8'));

/** Programs that hold a file or have their folder below a place, as far as this account may see. */
async function holders(place: string): Promise<readonly string[]> {
  const isBelow = (path: string): boolean => path === place || path.startsWith(`${place}/`);
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
    const names = (await readdir(`/proc/${pid}/fd`).catch((): string[] => [])).map(fd => `fd/${fd}`);
    const targets = ['cwd', ...names].map(name => readlink(`/proc/${pid}/${name}`).catch(() => ''));
    if (!(await Promise.all(targets)).some(isBelow)) continue;
    const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
    found.push(`${name || 'a program'} (process ${pid})`);
  }
  return found;
}

/** The drive behind a device, whether it hangs on USB, and every device on it: partitions, and what is mapped over them. */
interface Drive {
  readonly disk: string;
  readonly isUsb: boolean;
  readonly devices: ReadonlySet<string>;
}

const sysOf = (name: string): Promise<string> => realpath(`/sys/class/block/${name}`).catch(() => '');

/** The disks below a device; a mapped one (LUKS, LVM) lies on others. */
async function disksBelow(name: string): Promise<readonly string[]> {
  const slaves = await readdir(`/sys/class/block/${name}/slaves`).catch((): string[] => []);
  if (slaves.length > 0) return (await Promise.all(slaves.map(disksBelow))).flat();
  const at = await sysOf(name);
  const isPart = await access(`${at}/partition`).then(
    () => true,
    () => false,
  );
  return [basename(isPart ? at.slice(0, at.lastIndexOf('/')) : at) || name];
}

async function driveOf(device: string): Promise<Drive> {
  const name = basename(await realpath(device).catch(() => device));
  const [disk = name] = await disksBelow(name);
  const all = await readdir('/sys/class/block').catch((): string[] => []);
  const on = await Promise.all(
    all.map(async each => ((await disksBelow(each)).includes(disk) ? [each] : [])),
  );
  return {
    disk,
    isUsb: /\/usb\d+\//.test(await sysOf(disk)),
    devices: new Set([name, ...on.flat()]),
  };
}

/** Everything of a drive that is mounted, the innermost last. */
async function mountsOf(drive: Drive): Promise<readonly Mount[]> {
  const all = (await mounts()).filter(each => each.from.startsWith('/dev/'));
  const names = await Promise.all(
    all.map(async each => basename(await realpath(each.from).catch(() => each.from))),
  );
  return all.filter((each, i) => drive.devices.has(names[i] ?? '') || drive.devices.has(basename(each.from)));
}

/** Cuts the power where that is possible. Nothing depends on it: every file system of the drive is gone already. */
async function poweredOff({ disk, isUsb }: Drive): Promise<boolean> {
  if (!isUsb) return false;
  if ((await ran('udisksctl', 'power-off', '--no-user-interaction', '-b', `/dev/${disk}`)).ok) return true;
  return writeFile(`/sys/block/${disk}/device/delete`, '1').then(
    () => true,
    () => false,
  );
}

const noStick = (says: string, about: string): FieldError =>
  new FieldError({
    code: 'refused',
    says,
    about,
    untouched: 'Nothing was unmounted.',
    next: 'Only a removable drive can be taken out. Choose it in the list of sticks.',
  });

/**
 * Flushes a stick, unmounts every file system of its drive, and powers it off where that is possible. `safe` is true only
 * once nothing of the drive is left in the mount table and everything was written out. Linux.
 */
export async function ejectStick(path: string): Promise<Ejected> {
  const place = await realpath(path);
  const mount = (await mounts()).findLast(each => each.at === place);
  if (!mount || !mount.from.startsWith('/dev/'))
    throw noStick('This is a folder, not a drive that is mounted here.', path);
  const drive = await driveOf(mount.from);
  // A drive that is gone still unmounts without a word: only the flush tells.
  const flushed: Ran[] = [];
  for (const { at, readOnly } of await mountsOf(drive))
    if (!readOnly) flushed.push(await ran('sync', '-f', at));
  for (let round = 0; round < 20; round++) {
    const last = (await mountsOf(drive)).at(-1);
    if (!last) break;
    const byName = await ran('udisksctl', 'unmount', '--no-user-interaction', '-b', last.from);
    const done = byName.ok ? byName : await ran('umount', last.at);
    if (!done.ok) return notOut(last.at, done.says);
  }
  const left = (await mountsOf(drive)).at(-1);
  if (left) return notOut(left.at, 'It is mounted again and again.');
  const lost = flushed.find(each => !each.ok);
  if (lost)
    return {
      safe: false,
      poweredOff: false,
      says: `It is unmounted, but not everything could be written out: ${lost.says.split('\n')[0]?.slice(0, 200) ?? ''}. Plug it in again and check the bag on it.`,
    };
  const off = await poweredOff(drive);
  return {
    safe: true,
    poweredOff: off,
    says: off
      ? 'Safe to unplug: written out, unmounted, and without power.'
      : 'Safe to unplug: written out and unmounted.',
  };
}

async function notOut(place: string, why: string): Promise<Ejected> {
  const busy = /busy/i.test(why) ? await holders(place) : [];
  const isRoot = process.getuid?.() === 0;
  return {
    safe: false,
    poweredOff: false,
    says:
      busy.length > 0
        ? `NOT safe to unplug: ${busy.slice(0, 3).join(', ')} still uses it. Close that, then try again.`
        : /busy/i.test(why)
          ? 'NOT safe to unplug: some program still uses it. Close it, then try again.'
          : `NOT safe to unplug: this account could not unmount it. ${why.split('\n')[0]?.slice(0, 200) ?? ''}`.trim(),
    ...(busy.length > 0 || isRoot ? {} : { command: sh`sudo umount ${place}`.text }),
  };
}

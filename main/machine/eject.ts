import { execFile } from 'node:child_process';
import { access, readFile, readdir, readlink, realpath, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { FieldError } from '../../preload/contract/failure.ts';
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

/** The whole drive behind a partition, and whether it hangs on USB; nothing where the system does not say. */
async function driveOf(
  device: string,
): Promise<{ readonly disk: string; readonly isUsb: boolean } | undefined> {
  try {
    const at = await realpath(`/sys/class/block/${basename(device)}`);
    const isPart = await access(`${at}/partition`).then(
      () => true,
      () => false,
    );
    const disk = isPart ? at.slice(0, at.lastIndexOf('/')) : at;
    return { disk: basename(disk), isUsb: /\/usb\d+\//.test(disk) };
  } catch {
    return undefined;
  }
}

/** Cuts the power where that is possible. Nothing depends on it: the file system is gone already. */
async function poweredOff(device: string): Promise<boolean> {
  const drive = await driveOf(device);
  if (!drive?.isUsb) return false;
  if ((await ran('udisksctl', 'power-off', '--no-user-interaction', '-b', `/dev/${drive.disk}`)).ok)
    return true;
  return writeFile(`/sys/block/${drive.disk}/device/delete`, '1').then(
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
 * Flushes a stick, unmounts it, and powers it off where that is possible. `safe` is true only once no mount of its device is
 * left in the mount table. Linux; elsewhere the system's own way is named.
 */
export async function ejectStick(path: string): Promise<Ejected> {
  const place = await realpath(path);
  const mount = (await mounts()).findLast(each => each.at === place);
  if (!mount || !mount.from.startsWith('/dev/'))
    throw noStick('This is a folder, not a drive that is mounted here.', path);
  const { from } = mount;
  await ran('sync', '-f', place);
  const isLeft = async (): Promise<boolean> => (await mounts()).some(each => each.from === from);
  const tries: Ran[] = [];
  for (let round = 0; round < 10 && (await isLeft()); round++) {
    const unmounted = await ran('udisksctl', 'unmount', '--no-user-interaction', '-b', from);
    const done = unmounted.ok ? unmounted : await ran('umount', place);
    tries.push(done);
    if (!done.ok) break;
  }
  if (await isLeft()) return notOut(place, tries.at(-1)?.says ?? '');
  const off = await poweredOff(from);
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
    ...(busy.length > 0 || isRoot ? {} : { command: `sudo umount ${place}` }),
  };
}

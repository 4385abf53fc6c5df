import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { mountOf, mountsIn } from './mounts.ts';

/** What can be said about the disk under a folder. `unknown` is no claim: another system, a network, a container. */
export type Encryption = 'encrypted' | 'plain' | 'unknown';

/**
 * Whether Linux itself encrypts the disk that holds a folder: dm-crypt anywhere between the file system and the drive
 * (Documentation/ABI/testing/sysfs-block-dm: `dm/uuid` begins with CRYPT-). A drive that encrypts by itself looks plain.
 */
export function diskEncryption(
  folder: string,
  roots: { readonly sys?: string; readonly mountinfo?: string; readonly dev?: number } = {},
): Encryption {
  if (process.platform !== 'linux') return 'unknown';
  const sys = roots.sys ?? '/sys';
  try {
    const dev = roots.dev ?? statSync(folder).dev;
    // glibc's and the kernel's split of a 64-bit device number, for majors below 4096.
    const [major, minor] = [(dev >>> 8) & 0xfff, (dev & 0xff) | ((dev >>> 12) & 0xfff00)];
    const numbered = join(sys, 'dev', 'block', `${major}:${minor}`);
    if (major !== 0) return existsSync(numbered) ? under(realpathSync(numbered)) : 'unknown';
    return byMount(folder, sys, roots.mountinfo ?? '/proc/self/mountinfo');
  } catch {
    // Not being able to look is no reason to warn, nor to stop.
    return 'unknown';
  }
}

/** btrfs has no device number of its own; its mount names one. */
function byMount(folder: string, sys: string, mountinfo: string): Encryption {
  const mount = mountOf(mountsIn(readFileSync(mountinfo, 'utf8')), realpathSync(folder));
  if (mount?.fileSystem === 'ecryptfs' || mount?.fileSystem === 'fuse.gocryptfs') return 'encrypted';
  if (!mount?.from.startsWith('/dev/')) return 'unknown';
  const name = basename(existsSync(mount.from) ? realpathSync(mount.from) : mount.from);
  const device = join(sys, 'class', 'block', name);
  return existsSync(device) ? under(realpathSync(device)) : 'unknown';
}

/** A device is encrypted when it is dm-crypt, or when everything it is made of is. */
function under(device: string): Encryption {
  const uuid = join(device, 'dm', 'uuid');
  if (existsSync(uuid) && readFileSync(uuid, 'utf8').startsWith('CRYPT-')) return 'encrypted';
  const slaves = join(device, 'slaves');
  const parts = existsSync(slaves) ? readdirSync(slaves) : [];
  if (parts.length === 0) return 'plain';
  const all = parts.map(part => under(realpathSync(join(slaves, part))));
  return all.every(one => one === 'encrypted') ? 'encrypted' : 'plain';
}

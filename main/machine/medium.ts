import { readFile, realpath } from 'node:fs/promises';
import type { ReadBack } from '../../preload/contract/domain.ts';
import { mountOf, mountsIn } from './mounts.ts';
import type { Mount } from './mounts.ts';

/** File systems of the kernel that lie on a block device; reading past the cache there reaches the device. */
const onBlocks = new Set([
  'ext2',
  'ext3',
  'ext4',
  'xfs',
  'btrfs',
  'f2fs',
  'vfat',
  'msdos',
  'exfat',
  'ntfs3',
  'udf',
  'hfsplus',
]);

/**
 * How far a read reached, from what holds the path and whether the page cache was left out. A folder on the laptop's
 * own root file system, tmpfs, FUSE and network shares prove no medium.
 */
export function reached(mounts: readonly Mount[], path: string, direct: boolean): ReadBack {
  const mount = mountOf(mounts, path);
  const root = mountOf(mounts, '/');
  if (!mount || !mount.from.startsWith('/dev/') || !onBlocks.has(mount.fileSystem))
    return 'medium-not-proven';
  if (mount.from === root?.from) return 'medium-not-proven';
  return direct ? 'from-medium' : 're-read';
}

/** Whether a path lies on a file system that is nothing but this laptop's memory. */
export async function inMemoryHere(path: string): Promise<boolean> {
  const table = await readFile('/proc/self/mountinfo', 'utf8').catch(() => undefined);
  const there = table === undefined ? undefined : await realpath(path).catch(() => undefined);
  const mount = table === undefined || there === undefined ? undefined : mountOf(mountsIn(table), there);
  return mount?.fileSystem === 'tmpfs' || mount?.fileSystem === 'ramfs';
}

/** The same for this laptop. Where there is no mount table (macOS, Windows) a read is never more than a re-read. */
export async function reachedHere(path: string, direct: boolean): Promise<ReadBack> {
  const table = await readFile('/proc/self/mountinfo', 'utf8').catch(() => undefined);
  return table === undefined ? 're-read' : reached(mountsIn(table), await realpath(path), direct);
}

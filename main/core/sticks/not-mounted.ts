import type { StickWarning } from '../../../preload/contract/domain.ts';
import { sh } from '../sh.ts';
import type { FoundStick } from './found.ts';

/** What this laptop has to mount a stick with. */
export interface MountsBy {
  /** udisks2 is running: no root needed, and the desktop knows of it. */
  readonly udisks: boolean;
  readonly isRoot: boolean;
}

const warn = (says: string): StickWarning => ({ is: 'not-mounted', says });

/** Owned by whoever mounts it, since the file system itself knows no owners. */
const ownerless = /^(?:vfat|msdos|exfat|ntfs.*)$/;

/** What to type on Linux before a stick can be chosen. */
export function notMountedLinux(
  { device, fileSystem, locked }: Pick<FoundStick, 'device' | 'fileSystem' | 'locked'>,
  { udisks, isRoot }: MountsBy,
): StickWarning {
  const sudo = isRoot ? '' : 'sudo ';
  if (locked) {
    const open =
      fileSystem === 'BitLocker'
        ? sh`cryptsetup open --type bitlk ${device} stick`
        : sh`cryptsetup open ${device} stick`;
    const command = udisks ? sh`udisksctl unlock -b ${device}`.text : `${sudo}${open.text}`;
    return warn(
      `It is encrypted and locked. Unlock it with: ${command}. It is then shown again, as one to be mounted.`,
    );
  }
  // Without this only root could write to it.
  const owner = !isRoot && ownerless.test(fileSystem) ? '-o "uid=$(id -u),gid=$(id -g)" ' : '';
  const command = udisks
    ? sh`udisksctl mount -b ${device}`.text
    : `${sudo}mount ${owner}${sh`${device} /mnt`.text}`;
  return warn(`It is plugged in but not mounted, so nothing can be written to it. Mount it with: ${command}`);
}

/** What to type on a Mac before a stick can be chosen. */
export const notMountedMac = ({ device, locked }: Pick<FoundStick, 'device' | 'locked'>): StickWarning =>
  locked
    ? warn(`It is encrypted and locked. Unlock it with: ${sh`diskutil apfs unlockVolume ${device}`.text}`)
    : warn(
        `It is plugged in but not mounted, so nothing can be written to it. Mount it with: ${sh`diskutil mount ${device}`.text}`,
      );

/** What to do on Windows before a stick can be chosen. `partition` is its number on the disk. */
export const notMountedWindows = ({
  device,
  locked,
  disk,
  partition,
}: Pick<FoundStick, 'device' | 'locked'> & {
  readonly disk: number;
  readonly partition: number;
}): StickWarning =>
  locked
    ? warn(
        `It is locked with BitLocker, or not formatted. Open it in Explorer, or unlock it in PowerShell with: Unlock-BitLocker -MountPoint ${device} -Password (Read-Host -AsSecureString)`,
      )
    : warn(
        `It is plugged in but has no drive letter, so nothing can be written to it. Give it one in an administrator’s PowerShell with: Add-PartitionAccessPath -DiskNumber ${disk} -PartitionNumber ${partition} -AssignDriveLetter`,
      );

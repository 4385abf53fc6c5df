import { flagOf, listOf, numberOf, objectIn, textOf } from './found.ts';
import type { FoundStick, Json } from './found.ts';

/** Where a laptop's own system lives; a removable disk mounted there is no stick to export to. */
const system = /^(?:\/|\[SWAP\]|\/(?:boot|efi|usr|var|home|nix|snap|etc|root|tmp)(?:\/.*)?)$/;

/**
 * Sticks in the answer of `lsblk -J -b`: file systems on a disk that can be taken out, wherever they are mounted but where
 * the laptop's own system lives; and those that are not mounted, with an empty path.
 */
export const sticksIn = (stdout: string): readonly FoundStick[] =>
  listOf(objectIn(stdout)['blockdevices'])
    .filter(device => !isSystems(device))
    .flatMap(device =>
      below(device, { removable: false, readOnly: false, model: '', serial: '', drive: deviceOf(device) }),
    );

/** A drive that holds any part of the laptop's own system is no stick, whatever else lies on it. */
const isSystems = (device: Json): boolean =>
  mountPoints(device).some(path => system.test(path)) || listOf(device['children']).some(isSystems);

/** Inside the laptop, although the system calls its port hot-pluggable. */
const inside = /^(?:sata|ata|nvme|pcie|sas)$/;

/** What a partition has from the disk it lies on. */
type Disk = Pick<FoundStick, 'removable' | 'readOnly' | 'model' | 'serial' | 'drive'>;

/** A partition is as removable and as write-protected as its disk, and carries its name. */
function below(device: Json, disk: Disk): readonly FoundStick[] {
  const own: Disk = {
    drive: disk.drive,
    removable:
      disk.removable ||
      flagOf(device['rm']) ||
      textOf(device['tran']) === 'usb' ||
      (flagOf(device['hotplug']) && !inside.test(textOf(device['tran']))),
    readOnly: disk.readOnly || flagOf(device['ro']),
    model: textOf(device['model']).trim() || disk.model,
    serial: textOf(device['serial']).trim() || disk.serial,
  };
  const here = own.removable ? places(device) : [];
  return [
    ...here.map(path => stick(device, own, path)),
    ...listOf(device['children']).flatMap(child => below(child, own)),
  ];
}

const stick = (device: Json, own: Disk, path: string): FoundStick => ({
  ...own,
  path,
  device: deviceOf(device),
  label: textOf(device['label']) || own.model || textOf(device['name']),
  fileSystem: textOf(device['fstype']),
  bytes: numberOf(device['fssize']) || numberOf(device['size']),
  locked: path === '' && encrypted.test(textOf(device['fstype'])),
});

const encrypted = /^(?:crypto_LUKS|BitLocker)$/;

/** No file system by itself, or none that could ever be written to. */
const noFileSystem = /^(?:swap|.*_member|iso9660|udf|squashfs|)$/;

/** The boot partition of a stick that a machine can be started from. */
const efiPart = /^(?:c12a7328-f81f-11d2-ba4b-00c04fd430c8|0xef)$/i;

/** Where a file system is mounted; one empty place for one that is mounted nowhere. */
function places(device: Json): readonly string[] {
  const mounted = mountPoints(device);
  if (mounted.length > 0) return mounted.filter(path => path.startsWith('/') && !system.test(path));
  // What was unlocked or holds volumes is not mounted itself: what lies on it is.
  if (listOf(device['children']).length > 0) return [];
  const isStick = !noFileSystem.test(textOf(device['fstype'])) && !efiPart.test(textOf(device['parttype']));
  return isStick ? [''] : [];
}

/** `path` since util-linux 2.33; a mapped device (LUKS, LVM) has its place below /dev/mapper. */
function deviceOf(device: Json): string {
  const name = textOf(device['name']);
  const folder = /^(?:crypt|lvm|dm|mpath)$/.test(textOf(device['type'])) ? '/dev/mapper/' : '/dev/';
  return textOf(device['path']) || (name === '' ? '' : `${folder}${name}`);
}

/** `mountpoints` since util-linux 2.37, `mountpoint` before. */
const mountPoints = (device: Json): readonly string[] =>
  (Array.isArray(device['mountpoints']) ? (device['mountpoints'] as unknown[]) : [device['mountpoint']])
    .map(textOf)
    .filter(path => path !== '');

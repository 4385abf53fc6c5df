import type { Stick } from '../../preload/contract/domain.ts';

type Json = Readonly<Record<string, unknown>>;

/** A mounted place found by lsblk that technicians would call a stick; free space is asked of the place itself. */
export type MountedStick = Omit<Stick, 'free' | 'writable' | 'warnings'> & { readonly readOnly: boolean };

const string = (raw: unknown): string => (typeof raw === 'string' ? raw : '');
// Old releases of lsblk print numbers and booleans as texts.
const number = (raw: unknown): number => (Number.isFinite(Number(raw)) ? Number(raw) : 0);
const flag = (raw: unknown): boolean => raw === true || raw === '1' || raw === 1;
const children = (raw: unknown): readonly Json[] => (Array.isArray(raw) ? (raw as Json[]) : []);

/** Where a laptop's own system lives; a removable disk mounted there is no stick to export to. */
const system = /^(?:\/|\[SWAP\]|\/(?:boot|efi|usr|var|home|nix|snap|etc|root|tmp)(?:\/.*)?)$/;

/**
 * Mounted sticks in the answer of `lsblk -J -b`: file systems on a disk that can be taken out, wherever they are mounted
 * but where the laptop's own system lives.
 */
export function sticksIn(stdout: string): readonly MountedStick[] {
  let answer: Json;
  try {
    answer = JSON.parse(stdout) as Json;
  } catch {
    return [];
  }
  return children(answer['blockdevices'])
    .filter(device => !isSystems(device))
    .flatMap(device => mounted(device, { removable: false, readOnly: false, model: '', serial: '' }));
}

/** A drive that holds any part of the laptop's own system is no stick, whatever else lies on it. */
const isSystems = (device: Json): boolean =>
  mountPoints(device).some(path => system.test(path)) || children(device['children']).some(isSystems);

/** Inside the laptop, although the system calls its port hot-pluggable. */
const inside = /^(?:sata|ata|nvme|pcie|sas)$/;

/** What a partition has from the disk it lies on. */
interface Disk {
  readonly removable: boolean;
  readonly readOnly: boolean;
  readonly model: string;
  readonly serial: string;
}

/** A partition is as removable and as write-protected as its disk, and carries its name. */
function mounted(device: Json, disk: Disk): readonly MountedStick[] {
  const own: Disk = {
    removable:
      disk.removable ||
      flag(device['rm']) ||
      string(device['tran']) === 'usb' ||
      (flag(device['hotplug']) && !inside.test(string(device['tran']))),
    readOnly: disk.readOnly || flag(device['ro']),
    model: string(device['model']).trim() || disk.model,
    serial: string(device['serial']).trim() || disk.serial,
  };
  const name = string(device['name']);
  const here = mountPoints(device)
    .filter(path => own.removable && path.startsWith('/') && !system.test(path))
    .map(path => ({
      ...own,
      path,
      device: name === '' ? '' : `/dev/${name}`,
      label: string(device['label']) || own.model || name,
      fileSystem: string(device['fstype']),
      bytes: number(device['fssize']) || number(device['size']),
    }));
  return [...here, ...children(device['children']).flatMap(child => mounted(child, own))];
}

/** `mountpoints` since util-linux 2.37, `mountpoint` before. */
const mountPoints = (device: Json): readonly string[] =>
  (Array.isArray(device['mountpoints']) ? (device['mountpoints'] as unknown[]) : [device['mountpoint']])
    .map(string)
    .filter(path => path !== '');

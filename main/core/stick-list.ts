import type { Stick } from '../../preload/contract/domain.ts';

type Json = Readonly<Record<string, unknown>>;

/** A mounted place found by lsblk that technicians would call a stick; free space is asked of the place itself. */
export type MountedStick = Omit<Stick, 'free' | 'writable'> & { readonly readOnly: boolean };

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
  return children(answer['blockdevices']).flatMap(device => mounted(device, false, false));
}

/** A partition is as removable and as write-protected as the disk it lies on. */
function mounted(device: Json, diskRemovable: boolean, diskReadOnly: boolean): readonly MountedStick[] {
  const removable =
    diskRemovable || flag(device['rm']) || flag(device['hotplug']) || string(device['tran']) === 'usb';
  const readOnly = diskReadOnly || flag(device['ro']);
  const here = mountPoints(device)
    .filter(path => removable && path.startsWith('/') && !system.test(path))
    .map(path => ({
      path,
      device: string(device['name']) && `/dev/${string(device['name'])}`,
      model: string(device['model']).trim(),
      serial: string(device['serial']).trim(),
      warnings: [],
      label: string(device['label']) || string(device['model']).trim() || string(device['name']),
      fileSystem: string(device['fstype']),
      bytes: number(device['fssize']) || number(device['size']),
      removable,
      readOnly,
    }));
  return [...here, ...children(device['children']).flatMap(child => mounted(child, removable, readOnly))];
}

/** `mountpoints` since util-linux 2.37, `mountpoint` before. */
const mountPoints = (device: Json): readonly string[] =>
  (Array.isArray(device['mountpoints']) ? (device['mountpoints'] as unknown[]) : [device['mountpoint']])
    .map(string)
    .filter(path => path !== '');

import { flagOf, listOf, numberOf, objectIn, textOf } from './found.ts';
import type { FoundStick, Json } from './found.ts';

/** A volume of `diskutil list`, and the drive it lies on: of an APFS volume the one below its container. */
interface Volume {
  readonly id: string;
  readonly drive: string;
  readonly listed: Json;
}

const idOf = (raw: Json): string => {
  const id = textOf(raw['DeviceIdentifier']);
  return /^disk\d+(?:s\d+)*$/.test(id) ? id : '';
};
const driveOf = (id: string): string => /^disk\d+/.exec(id)?.[0] ?? '';

/** No file system of a person's: boot parts, containers, and what is only kept free. */
const partOnly =
  /^(?:EFI|Apple_APFS.*|Apple_Boot|Apple_CoreStorage|Apple_partition_map|Apple_Free|Apple_KernelCoreDump|Microsoft Reserved|Linux.*)$/;

function volumesOf(entry: Json): readonly Volume[] {
  const below = listOf(entry['APFSPhysicalStores'])[0];
  const drive = driveOf(idOf(below ?? entry));
  const parts = [...listOf(entry['Partitions']), ...listOf(entry['APFSVolumes'])];
  // A stick without partitions is its own volume.
  return (parts.length > 0 || below ? parts : [entry])
    .filter(part => !partOnly.test(textOf(part['Content'])) && !flagOf(part['OSInternal']))
    .map(listed => ({ id: idOf(listed), drive, listed }))
    .filter(({ id }) => id !== '' && drive !== '');
}

/** Where macOS itself lives. */
const system = /^\/(?:|System(?:\/.*)?|private(?:\/.*)?)$/;

/** Volumes that lie on no drive of the system's. A drive that holds any part of it is no stick, whatever else lies there. */
function candidates(list: string): readonly Volume[] {
  const entries = listOf(objectIn(list)['AllDisksAndPartitions']);
  const systems = new Set(
    entries
      .filter(entry =>
        [entry, ...listOf(entry['Partitions']), ...listOf(entry['APFSVolumes'])].some(
          part => textOf(part['MountPoint']) !== '' && system.test(textOf(part['MountPoint'])),
        ),
      )
      .flatMap(entry => [idOf(entry), ...listOf(entry['APFSPhysicalStores']).map(idOf)])
      .map(driveOf),
  );
  return entries.flatMap(volumesOf).filter(({ drive }) => !systems.has(drive));
}

/** What `diskutil info` is to be asked of, after `diskutil list`: drives and volumes that could be sticks. */
export const macAsks = (list: string): readonly string[] => [
  ...new Set(candidates(list).flatMap(({ id, drive }) => [drive, id])),
];

/** Whether a drive can be taken out: a stick, a card, or a disk on a cable. An opened image file is none. */
function canBeTakenOut(drive: Json): boolean {
  if (textOf(drive['BusProtocol']) === 'Disk Image' || textOf(drive['VirtualOrPhysical']) === 'Virtual')
    return false;
  if (flagOf(drive['SystemImage']) || flagOf(drive['OSInternalMedia'])) return false;
  // A built-in card reader is internal and removable at once. Older systems lack the key.
  return drive['RemovableMediaOrExternalDevice'] === undefined
    ? flagOf(drive['Ejectable']) && drive['Internal'] === false
    : flagOf(drive['RemovableMediaOrExternalDevice']);
}

/**
 * Sticks in the answers of `diskutil list -plist` and `diskutil info -plist`, both as `plutil` makes JSON of them. `infos`
 * are the answers for what `macAsks` named; a volume whose answer is missing is left out.
 */
export function macSticksIn(list: string, infos: readonly string[]): readonly FoundStick[] {
  const known = new Map(infos.map(objectIn).map(info => [idOf(info), info]));
  return candidates(list).flatMap(({ id, drive, listed }) => {
    const info = known.get(id);
    const on = known.get(drive);
    if (!info || !on || !canBeTakenOut(on)) return [];
    const path = textOf(info['MountPoint']);
    const fileSystem = textOf(info['FilesystemType']);
    const label = textOf(info['VolumeName']) || textOf(listed['VolumeName']);
    // Nothing the Mac knows: no file system that could be mounted.
    if (path === '' && fileSystem === '' && label === '') return [];
    const model = textOf(on['MediaName']).trim();
    return [
      {
        path,
        device: id,
        drive,
        label: label || model || id,
        model,
        serial: '',
        fileSystem,
        bytes: numberOf(info['TotalSize']) || numberOf(info['Size']) || numberOf(listed['Size']),
        removable: true,
        readOnly: info['WritableMedia'] === false || (path !== '' && info['WritableVolume'] === false),
        locked: path === '' && flagOf(info['Locked']),
      },
    ];
  });
}

import { flagOf, jsonIn, listOf, numberOf, textOf } from './found.ts';
import type { FoundStick, Json } from './found.ts';

/** A stick of Windows; `disk` and `partition` are its numbers there. */
export type WindowsStick = FoundStick & { readonly disk: number; readonly partition: number };

/**
 * What PowerShell is asked: one object for each partition, with its disk and its volume. Texts are made of everything that
 * is a number in one release and a word in another; a partition without a letter has a NUL for one.
 */
export const windowsAsk = [
  '$ErrorActionPreference = "SilentlyContinue"',
  '[Console]::OutputEncoding = [Text.Encoding]::UTF8',
  '$found = foreach ($d in Get-Disk) { foreach ($p in Get-Partition -DiskNumber $d.Number) { $v = $p | Get-Volume',
  '[pscustomobject]@{',
  'Number = $d.Number; FriendlyName = $d.FriendlyName; SerialNumber = $d.SerialNumber; BusType = "$($d.BusType)"',
  'IsBoot = $d.IsBoot; IsSystem = $d.IsSystem; IsReadOnly = $d.IsReadOnly -or $p.IsReadOnly',
  'PartitionNumber = $p.PartitionNumber; Type = "$($p.Type)"; DriveLetter = "$($p.DriveLetter)"; PartitionSize = $p.Size',
  'FileSystemLabel = $v.FileSystemLabel; FileSystem = "$($v.FileSystem)"; DriveType = "$($v.DriveType)"; Size = $v.Size',
  '} } }',
  'ConvertTo-Json -Compress -InputObject @($found)',
].join('\n');

/** A bus that leads out of the laptop; a card may also be soldered in, so it has to call itself removable. */
const canBeTakenOut = (row: Json): boolean =>
  /^(?:USB|1394|7|4)$/.test(textOf(row['BusType'])) || textOf(row['DriveType']) === 'Removable';

const partOnly = /^(?:System|Reserved|Recovery)$/;

/** Sticks in the answer to `windowsAsk`. The disk Windows starts from or runs on is never among them. */
export function windowsSticksIn(stdout: string): readonly WindowsStick[] {
  const answer = jsonIn(stdout);
  return listOf(Array.isArray(answer) ? answer : [answer])
    .filter(row => row['IsBoot'] === false && row['IsSystem'] === false)
    .filter(row => canBeTakenOut(row) && !partOnly.test(textOf(row['Type'])))
    .map(row => {
      const letter = /^[A-Z]$/i.exec(textOf(row['DriveLetter']))?.[0]?.toUpperCase();
      const fileSystem = textOf(row['FileSystem']);
      const disk = numberOf(row['Number']);
      const partition = numberOf(row['PartitionNumber']);
      const model = textOf(row['FriendlyName']).trim();
      const device = letter === undefined ? `disk ${disk}, partition ${partition}` : `${letter}:`;
      // A letter without a file system: nobody unlocked it.
      const locked = letter !== undefined && /^(?:|RAW|Unknown)$/i.test(fileSystem);
      return {
        path: letter === undefined || locked ? '' : `${letter}:\\`,
        device,
        drive: `disk ${disk}`,
        disk,
        partition,
        label: textOf(row['FileSystemLabel']) || model || device,
        model,
        serial: textOf(row['SerialNumber']).trim(),
        fileSystem,
        bytes: numberOf(row['Size']) || numberOf(row['PartitionSize']),
        removable: true,
        readOnly: flagOf(row['IsReadOnly']),
        locked,
      };
    });
}

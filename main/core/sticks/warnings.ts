import type { Stick, StickWarning } from '../../../preload/contract/domain.ts';

/** What the kernel said of one device since it started; each line as it stands in its log. */
const writeErrors =
  /(?:I\/O error, dev|Buffer I\/O error on dev(?:ice)?|lost async page write|EXT4-fs error \(device|FAT-fs \([^)]*\): error|critical (?:medium|target) error, dev|rejecting I\/O to offline device)/i;

/** Lines of the kernel's log that tell of trouble with this drive or a partition of it. `device` is such as `/dev/sdb1`. */
export function troubleIn(log: string, device: string): readonly string[] {
  const name = device.replace(/^\/dev\//, '');
  const disk = name.replace(/(?<=^(?:sd|vd|hd|xvd)[a-z]+)\d+$|(?<=^(?:mmcblk|nvme\d+n|loop)\d+)p\d+$/, '');
  if (name === '') return [];
  const named = new RegExp(`(?<![a-z0-9])${disk}(?:p?\\d+)?(?![a-z0-9])`);
  // What came before it was plugged in belongs to another drive that had its name.
  const lines = log.split('\n');
  const attached = lines.findLastIndex(line => line.includes(`[${disk}] Attached`));
  return lines.slice(attached + 1).filter(line => writeErrors.test(line) && named.test(line));
}

const nearlyFull = 64 * 1024 * 1024;

/** What should be known before anything is written to a stick. `trouble` is what the kernel said of it. */
export function stickWarnings(
  {
    fileSystem,
    free,
    bytes,
    writable,
    readOnly,
  }: Pick<Stick, 'fileSystem' | 'free' | 'bytes' | 'writable'> & {
    readonly readOnly: boolean;
  },
  trouble: readonly string[],
): readonly StickWarning[] {
  const warn = (is: StickWarning['is'], says: string): StickWarning => ({ is, says });
  return [
    ...(trouble.length > 0
      ? [
          warn(
            'write-errors',
            `The kernel logged errors of this drive since this laptop was started: ${(trouble.at(-1) ?? '').trim().slice(0, 160)}. Use another stick.`,
          ),
        ]
      : []),
    ...(readOnly
      ? [warn('read-only', 'It can only be read: look for a write-protect switch on it.')]
      : writable
        ? []
        : [warn('not-ours', 'It belongs to another account, so nothing can be written to it from here.')]),
    ...(!readOnly && (free < nearlyFull || free < bytes * 0.05)
      ? [warn('nearly-full', 'It is nearly full.')]
      : []),
    ...(/^(?:vfat|msdos|fat\d*)$/i.test(fileSystem)
      ? [warn('fat32', 'FAT32 holds no file of 4 GiB or more; larger ones are written in parts.')]
      : []),
  ];
}

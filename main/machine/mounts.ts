/** One line of /proc/self/mountinfo, as proc(5) describes it. */
export interface Mount {
  readonly at: string;
  readonly fileSystem: string;
  readonly from: string;
  readonly readOnly: boolean;
}

/** The kernel writes space, tab, newline and backslash as three octal digits. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Reads the text of /proc/self/mountinfo; lines that make no sense are left out. */
export function mountsIn(mountinfo: string): readonly Mount[] {
  return mountinfo.split('\n').flatMap(line => {
    const [mine = '', theirs = ''] = line.split(' - ');
    const at = mine.split(' ')[4];
    const [fileSystem, from = '', superOptions = ''] = theirs.split(' ');
    if (at === undefined || fileSystem === undefined || fileSystem === '') return [];
    const options = `${mine.split(' ')[5] ?? ''},${superOptions}`.split(',');
    return [{ at: unescaped(at), fileSystem, from: unescaped(from), readOnly: options.includes('ro') }];
  });
}

const holds = (mount: Mount, path: string): boolean =>
  mount.at === '/' || path === mount.at || path.startsWith(`${mount.at}/`);

/** The mount that holds a resolved path: the longest that fits, and of equal ones the last, which lies on top. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  return mounts
    .filter(mount => holds(mount, path))
    .reduce<Mount | undefined>(
      (best, mount) => (best && best.at.length > mount.at.length ? best : mount),
      undefined,
    );
}

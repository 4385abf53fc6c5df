import { FieldError } from '../../preload/contract/failure.ts';
import type { Failure } from '../../preload/contract/failure.ts';

/** What was being done to a file when the system refused; decides how the refusal is worded. */
export type Doing = 'read' | 'write';

type Wording = Omit<Failure, 'about'>;

const gone: Wording = {
  code: 'gone-away',
  says: 'The disk or stick stopped answering.',
  untouched: 'What was finished before stays as it is.',
  next: 'Plug the stick in again, or check the disk, then start again: it continues where it stopped.',
};
const full: Wording = {
  code: 'disk-full',
  says: 'The disk is full.',
  untouched: 'Files that were complete before are unchanged.',
  next: 'Make room on this disk, then start again: it continues where it stopped.',
};
const notWritable = (says: string, next: string): Wording => ({
  code: 'not-writable',
  says,
  untouched: 'Nothing was written.',
  next,
});
const couldNot = (says: string, next: string): Wording => ({
  code: 'could-not',
  says,
  untouched: 'Nothing was changed.',
  next,
});

const onAccount = 'Give your account the right to it, or choose another place.';

/** errno names as Linux, macOS and libuv on Windows give them. */
const wordings: Readonly<Record<string, (doing: Doing) => Wording>> = {
  ENOSPC: () => full,
  EDQUOT: () => ({ ...full, says: 'Your share of the disk (quota) is used up.' }),
  EROFS: () =>
    notWritable(
      'The disk or stick can only be read.',
      'Open the write-protect switch of the stick, or choose another place.',
    ),
  EACCES: doing =>
    doing === 'write'
      ? notWritable('Your account may not write here.', onAccount)
      : couldNot('Your account may not read this.', onAccount),
  EIO: () => gone,
  ENODEV: () => gone,
  ENXIO: () => gone,
  ENOMEDIUM: () => gone,
  ENOTCONN: () => gone,
  ESTALE: () => gone,
  EREMOTEIO: () => gone,
  ESHUTDOWN: () => gone,
  ENOENT: doing => ({
    code: doing === 'read' ? 'no-such-thing' : 'gone-away',
    says: doing === 'read' ? 'There is no such file or folder.' : 'The folder to write into is not there.',
    untouched: 'Nothing was changed.',
    next: 'Check the path. If it is on a stick, see that the stick is still plugged in.',
  }),
  ENOTDIR: () => couldNot('A part of this path is a file, not a folder.', 'Check the path.'),
  EISDIR: () => couldNot('This is a folder, and a file was wanted.', 'Check the path.'),
  EEXIST: () => ({
    code: 'already-there',
    says: 'There is already something of this name.',
    untouched: 'It was left as it is.',
    next: 'Choose another name.',
  }),
  ENOTEMPTY: () => couldNot('The folder is not empty.', 'Look at what is in it.'),
  ELOOP: () => couldNot('This is a symbolic link, and links are not followed here.', 'Name the file itself.'),
  ENAMETOOLONG: () => couldNot('The name is too long for this disk.', 'Choose a shorter name.'),
  EINVAL: () =>
    couldNot('The disk does not accept this name or request.', 'Choose a name of letters and digits.'),
  EFBIG: () =>
    couldNot(
      'The file is larger than this file system can hold (FAT32 stops at 4 GiB).',
      'Use a stick with exFAT or ext4.',
    ),
  EXDEV: () => couldNot('The two places are on different disks.', 'Choose a place on the same disk.'),
  EMFILE: () => couldNot('Too many files are open.', 'Close other programs, then try again.'),
  ENFILE: () => couldNot('Too many files are open on this laptop.', 'Close other programs, then try again.'),
  EBUSY: () => couldNot('Another program is using this.', 'Close that program, then try again.'),
};

/** The errno name of a system error, such as `ENOSPC`; absent for anything else. */
export function errnoOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}

/**
 * What a refusal of this laptop's file system means to the technician. Failures that already are worded, aborts and
 * everything that is no system error come back as they are.
 */
export function diskTrouble(thrown: unknown, path: string, doing: Doing): unknown {
  if (thrown instanceof FieldError) return thrown;
  const code = errnoOf(thrown);
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return thrown;
  const wording =
    wordings[code === 'EPERM' ? 'EACCES' : code]?.(doing) ??
    couldNot(`The disk answered with ${code}.`, 'Try again; if it stays so, choose another disk.');
  return new FieldError({ ...wording, about: path, facts: { errno: code } }, { cause: thrown });
}

/** Runs `work` and words what the file system refuses. */
export async function worded<T>(path: string, doing: Doing, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw diskTrouble(thrown, path, doing);
  }
}

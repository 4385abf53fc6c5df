import { FieldError } from '../../preload/contract/failure.ts';
import type { Failure } from '../../preload/contract/failure.ts';

/** SQLite's name for what went wrong (`SQLITE_CORRUPT`, `SQLITE_FULL`, …), by its result codes. */
function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}

/** True when SQLite says the file is no database, or is not whole. */
export const isDamage = (thrown: unknown): boolean => /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(thrown));

const known: readonly (readonly [code: RegExp, failure: Omit<Failure, 'about'>])[] = [
  [
    /^SQLITE_(CORRUPT|NOTADB)/,
    {
      code: 'damaged',
      says: 'The journal on this laptop is damaged.',
      untouched: 'The file was left as it is.',
      next: 'Close Coldstart and start it again: it sets the damaged file aside and tells where.',
    },
  ],
  [
    /^(SQLITE_FULL|ENOSPC|EDQUOT)/,
    {
      code: 'disk-full',
      says: "The laptop's disk is full; the journal could not be written.",
      untouched: 'What was being written was rolled back, nothing was sent.',
      next: 'Free some space on the laptop, then try again.',
    },
  ],
  [
    /^SQLITE_(BUSY|LOCKED)/,
    {
      code: 'held-elsewhere',
      says: 'Another program is holding the journal.',
      untouched: 'Nothing was written.',
      next: 'Close the other Coldstart on this home, then try again.',
    },
  ],
  [
    /^(SQLITE_(READONLY|CANTOPEN|PERM|AUTH)|EACCES|EPERM|EROFS)/,
    {
      code: 'not-writable',
      says: 'The journal on this laptop cannot be written.',
      untouched: 'Nothing was changed.',
      next: 'Check the rights of the home folder and that its disk is not read-only.',
    },
  ],
  [
    /^ENOENT/,
    {
      code: 'gone-away',
      says: 'The folder of the journal is not there.',
      untouched: 'Nothing was created.',
      next: 'Check COLDSTART_HOME, and that the disk it names is mounted.',
    },
  ],
  [
    /^(SQLITE_IOERR|EIO)/,
    {
      code: 'could-not',
      says: "The laptop's disk did not do what it was told: the journal could not be read or written.",
      untouched: 'What was being written was rolled back.',
      next: "Look at the laptop's own disk (dmesg, SMART) before going on; copy the home folder away.",
    },
  ],
];

/** What a failure of the database means to the technician. What we did not foresee comes back as it is. */
export function failureFrom(thrown: unknown, about: string): unknown {
  if (thrown instanceof FieldError) return thrown;
  const failure = known.find(([code]) => code.test(codeOf(thrown)))?.[1];
  return failure ? new FieldError({ ...failure, about }, { cause: thrown }) : thrown;
}

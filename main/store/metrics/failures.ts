import { FieldError } from '../../../preload/contract/failure.ts';

/** What a scrape that could not be stored means to the technician. What we did not foresee comes back as it is. */
export function storeFailure(thrown: unknown, about: string): unknown {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  if (/^(ENOSPC|EDQUOT)$/.test(code))
    return new FieldError(
      {
        code: 'disk-full',
        says: 'The laptop’s disk is full; this scrape was not stored.',
        about,
        untouched: 'What was stored before is whole.',
        next: 'Free some space on the laptop. The recorder goes on by itself with the next scrape.',
      },
      { cause: thrown },
    );
  if (/^(EACCES|EPERM|EROFS|EIO)$/.test(code))
    return new FieldError(
      {
        code: 'not-writable',
        says: 'The metrics on this laptop cannot be written.',
        about,
        untouched: 'What was stored before was left as it is.',
        next: 'Check that the home folder’s disk is neither read-only nor failing (dmesg).',
      },
      { cause: thrown },
    );
  return thrown;
}

import { writeFileSync } from 'node:fs';
import { FieldError } from '../../preload/contract/failure.ts';

/** Writes a file the person asked for, and never over one that is there. Throws `already-there`, `not-writable`. */
export function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw new FieldError(
      {
        code: isThere ? 'already-there' : 'not-writable',
        says: isThere ? 'A file of that name is there already.' : 'The file could not be written.',
        about: path,
        untouched: isThere ? 'It was left as it is.' : 'Nothing was written.',
        next: 'Name another file.',
      },
      { cause },
    );
  }
}

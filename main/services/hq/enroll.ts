import { FieldError } from '../../../preload/contract/failure.ts';
import type { CallHandlers } from '../../bridge/handlers.ts';
import { publicKey, publicKeyLine } from '../../core/minisign.ts';
import { enrollLaptop, laptopById } from '../../store/hq/laptops.ts';
import { openArchive } from './archive.ts';
import type { HqDeps } from './deps.ts';
import { requireWhole } from './receive.ts';

const nobody = 'Nobody was enrolled.';

/** Enrols a laptop's key, or changes name and end of one that is enrolled. */
export const enroll =
  (deps: HqDeps): CallHandlers['hq.enroll'] =>
  async ({ at, key: path, name, until }) => {
    const { files, clock } = deps;
    for (const each of [at, path]) requireWhole(each);
    const key = publicKey(Buffer.from(await files.read(path, 64 * 1024)).toString('utf8'));
    if (!key)
      throw new FieldError({
        code: 'bad-ask',
        says: 'This file holds no minisign public key.',
        about: path,
        untouched: nobody,
        next: 'On the laptop run `coldstart keys make --out laptop.pub`, and bring that file.',
      });
    const end = until === undefined ? undefined : new Date(until);
    if (end && Number.isNaN(end.getTime()))
      throw new FieldError({
        code: 'bad-ask',
        says: 'That is no date.',
        about: until ?? '',
        untouched: nobody,
        next: 'Write it as 2027-12-31.',
      });
    const archive = await openArchive(deps, at);
    const { index } = archive;
    try {
      const known = index.read(db => laptopById(db, key.id));
      const line = publicKeyLine(key);
      if (known && known.key !== line)
        throw new FieldError({
          code: 'refused',
          says: `Another key with the id ${key.id} is enrolled already, for ${known.name}.`,
          about: path,
          untouched: nobody,
          next: 'Make a new signing key on the laptop (`coldstart keys rotate`) and enrol that one.',
        });
      const laptop = {
        id: key.id,
        key: line,
        name: name.trim(),
        enrolledAt: known?.enrolledAt ?? clock.now().toISOString(),
        ...(end ? { until: end.toISOString() } : {}),
      };
      index.write(db => enrollLaptop(db, laptop));
      return laptop;
    } finally {
      archive.close();
    }
  };

import type { Site } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { ageRecipient } from '../../core/age-recipient.ts';
import type { SupplyDeps } from './deps.ts';

const nothingWritten = 'Nothing was written.';

/**
 * Who an export of a site is sealed to: headquarters, and the key in the site's safe. Throws `practice-only` in the other
 * world, `no-recipient` or `no-break-glass` while one of the two is missing, before anything is written.
 */
export function recipientsOf(
  { world, trusted }: Pick<SupplyDeps, 'world' | 'trusted'>,
  site: Site,
): readonly string[] {
  if (site.practice !== (world === 'practice'))
    throw new FieldError({
      code: 'practice-only',
      says: site.practice
        ? 'This is a practice site; nothing of it leaves practice.'
        : 'This is a real site.',
      about: site.name,
      untouched: nothingWritten,
      next: 'Open it in its own world.',
    });
  const headquarters = trusted.recipients(site).map(ageRecipient);
  if (headquarters.length === 0)
    throw new FieldError({
      code: 'no-recipient',
      says:
        trusted.list() && site.recipients.length > 0
          ? 'Every recipient in the key list of headquarters has run out, so nobody could open what is sealed.'
          : 'Headquarters has no key at this site yet, so nobody could open what is sealed.',
      about: site.name,
      untouched: nothingWritten,
      next: 'Add the age recipient (age1…) that headquarters gave you, or take its newest key list, then export again.',
    });
  const breakGlass = trusted.breakGlass(site);
  if (breakGlass === undefined)
    throw new FieldError({
      code: 'no-break-glass',
      says: 'There is no key for the safe of this site yet. Without it nobody at the site could open what goes out.',
      about: site.name,
      untouched: nothingWritten,
      next: 'Make it once on the page Keys, print it, and put the paper into the safe.',
    });
  return [...new Set([...headquarters, breakGlass])];
}

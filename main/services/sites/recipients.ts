import { FieldError } from '../../../preload/contract/failure.ts';
import { ageRecipient } from '../../core/age-recipient.ts';

/** The recipients a site's exports are sealed to, each checked, none twice. Throws `bad-ask` with the reason. */
export function siteRecipients(raw: readonly string[]): readonly string[] {
  return [...new Set(raw.map(oneRecipient))];
}

function oneRecipient(raw: string): string {
  if (/^\s*(?:ssh-|ecdsa-|sk-)/.test(raw))
    throw new FieldError({
      code: 'bad-ask',
      says: 'That is an SSH key. A key made for logging in is not used for sealing.',
      untouched: 'The recipients stay as they were.',
      next: 'Ask headquarters for its age recipient; it starts with age1.',
    });
  return ageRecipient(raw);
}

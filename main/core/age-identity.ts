import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { FieldError } from '../../preload/contract/failure.ts';
import { Secret } from './secret.ts';

/** A new age identity with its recipient. */
export async function newIdentity(): Promise<{ readonly identity: Secret; readonly recipient: string }> {
  const identity = await generateX25519Identity();
  return { identity: new Secret(identity), recipient: await identityToRecipient(identity) };
}

/**
 * The identity on a sheet of paper as somebody types it: spaces, line ends and small letters are no mistake. Throws
 * `bad-ask` when it is none; what was typed is never repeated.
 */
export async function identityTyped(
  raw: Secret,
): Promise<{ readonly identity: Secret; readonly recipient: string }> {
  const line = raw
    .reveal()
    .split(/\r?\n/)
    .filter(each => !each.trim().startsWith('#'))
    .join('')
    .replaceAll(/\s/g, '')
    .toUpperCase();
  try {
    return { identity: new Secret(line), recipient: await identityToRecipient(line) };
  } catch {
    throw new FieldError({
      code: 'bad-ask',
      says: 'That is not an age identity, or a character of it is wrong: it starts with AGE-SECRET-KEY-1 and has 74 characters.',
      untouched: 'Nothing was opened.',
      next: 'Compare it with the paper letter by letter. There is no O, I or B in it, and 1 stands only once, before the rest.',
    });
  }
}

import { join } from 'node:path';
import { FieldError } from '../../../preload/contract/failure.ts';
import { signatureName } from '../../core/bundle-names.ts';
import { signature, signatureHolds } from '../../core/minisign.ts';
import type { TrustedKey } from './keys.ts';

/** Who signed the manifest. Made only here, after the signature was verified. */
export type Signed =
  | { readonly is: 'signed'; readonly keyId: string; readonly comment: string; readonly practice: boolean }
  | { readonly is: 'unknown'; readonly why: string };

const unknown = (why: string): Signed => ({ is: 'unknown', why });

const broken = (path: string, says: string): FieldError =>
  new FieldError({
    code: 'bad-signature',
    says,
    about: join(path, signatureName),
    untouched: 'Nothing was imported.',
    next: 'Do not use this folder. Get the bundle from headquarters again, on another stick if you have one.',
  });

/**
 * Verifies headquarters' signature over the bytes of the manifest. Throws `bad-signature` when a key we trust is named
 * and the signature does not hold, or when the signature file is no minisign signature at all.
 */
export async function signatureOf(
  path: string,
  manifest: Uint8Array | undefined,
  text: string | undefined,
  keys: readonly TrustedKey[],
): Promise<Signed> {
  if (text === undefined) return unknown('No signature of headquarters came with it.');
  if (manifest === undefined) return unknown('The manifest that this signature belongs to is missing.');
  const made = signature(text);
  if (!made) throw broken(path, 'The signature file is damaged: it is no minisign signature.');
  const key = keys.find(each => each.id === made.keyId);
  if (!key) return unknown(`It is signed by key ${made.keyId}, which this laptop does not know.`);
  if (!(await signatureHolds(manifest, made, key)))
    throw broken(path, `The manifest is not what key ${key.id} signed: it, or its signature, was changed.`);
  const practice = key.practice || /^coldstart practice\b/i.test(made.trustedComment);
  return { is: 'signed', keyId: key.id, comment: made.trustedComment, practice };
}

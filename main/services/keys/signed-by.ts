import { FieldError } from '../../../preload/contract/failure.ts';
import { signature, signatureHolds } from '../../core/minisign.ts';
import type { Files } from '../../ports.ts';
import type { TrustedKeys } from './trusted.ts';

/** A text file with the text of its signature, whose signature holds under a receipt key that is still good. */
export interface SignedText {
  readonly text: string;
  readonly signature: string;
  readonly key: string;
}

/**
 * Reads a file of headquarters with the `.minisig` beside it. `thing` names it in failures: a receipt, a note. Throws
 * `bad-signature`, and what the disk answers.
 */
export async function signedByHeadquarters(
  { files, trusted }: { readonly files: Files; readonly trusted: TrustedKeys },
  path: string,
  thing: string,
  mostBytes: number,
): Promise<SignedText> {
  const refused = (says: string, next: string): FieldError =>
    new FieldError({
      code: 'bad-signature',
      says,
      about: path,
      untouched: 'It counts for nothing here.',
      next,
    });
  const bytes = await files.read(path, mostBytes);
  const signed = `${path}.minisig`;
  const there = (await files.stat(signed))?.kind === 'file';
  const signatureText = there ? Buffer.from(await files.read(signed, 4096)).toString('utf8') : '';
  const made = signature(signatureText);
  if (!made)
    throw refused(
      `This ${thing} has no signature beside it that could be read.`,
      'Ask headquarters to send it again, with its .minisig file.',
    );
  const key = trusted.receiptKey(made.keyId);
  if (key === undefined || key === 'expired')
    throw refused(
      key === 'expired'
        ? `This ${thing} is signed by key ${made.keyId}, which is good no longer.`
        : `This ${thing} is signed by key ${made.keyId}, which is no receipt key of headquarters.`,
      'Take the newest key list of headquarters first. If the key is not in it, tell headquarters.',
    );
  if (!(await signatureHolds(bytes, made, key)))
    throw refused(
      `This ${thing} is not what key ${key.id} signed: it, or its signature, was changed.`,
      'Do not trust it. Ask headquarters to send it again.',
    );
  return { text: Buffer.from(bytes).toString('utf8'), signature: signatureText, key: key.id };
}

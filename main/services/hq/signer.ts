import { join } from 'node:path';
import { bagSignature } from '../../core/bagit.ts';
import { publicKey, signature, signatureHolds } from '../../core/minisign.ts';
import type { EnrolledLaptop } from '../../../preload/contract/supply/hq.ts';
import type { Clock, Files } from '../../ports.ts';
import { laptopById } from '../../store/hq/laptops.ts';
import type { HqIndex } from '../../store/hq/index.ts';
import { mostTagBytes, tagManifest } from './look.ts';

/**
 * Who signed a bag. `stranger`: not signed, or by nobody that may: it is kept sealed. `forged`: in the name of a laptop
 * that did not sign this.
 */
export type Signer =
  | { readonly is: 'laptop'; readonly laptop: EnrolledLaptop }
  | { readonly is: 'stranger'; readonly says: string }
  | { readonly is: 'forged'; readonly says: string };

/** Checks the signature over the very bytes of the tag manifest that lie in this folder. */
export async function signerOf(
  { files, clock, index }: { readonly files: Files; readonly clock: Clock; readonly index: HqIndex },
  folder: string,
): Promise<Signer> {
  const stranger = (says: string): Signer => ({ is: 'stranger', says });
  const path = join(folder, bagSignature);
  if (!(await files.stat(path))) return stranger('Nobody signed this bag.');
  const made = signature(Buffer.from(await files.read(path, mostTagBytes)).toString('utf8'));
  if (!made) return stranger('The signature of this bag cannot be read.');
  const laptop = index.read(db => laptopById(db, made.keyId));
  const key = laptop && publicKey(laptop.key);
  if (!laptop || !key) return stranger(`It is signed with key ${made.keyId}, which is not enrolled here.`);
  if (laptop.until !== undefined && clock.now().getTime() > Date.parse(laptop.until))
    return stranger(
      `It is signed with key ${made.keyId} of ${laptop.name}, which is good no longer since ${laptop.until.slice(0, 10)}.`,
    );
  const content = await files.read(join(folder, tagManifest), mostTagBytes);
  return (await signatureHolds(content, made, key))
    ? { is: 'laptop', laptop }
    : {
        is: 'forged',
        says: `The signature does not hold: ${laptop.name} (key ${laptop.id}) did not sign what is in this bag.`,
      };
}

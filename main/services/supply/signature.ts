import { join } from 'node:path';
import type { BagCheck } from '../../../preload/contract/domain.ts';
import { bagInfoField, bagSignature } from '../../core/bagit.ts';
import { publicKey, signature, signatureHolds } from '../../core/minisign.ts';
import type { SupplyDeps } from './deps.ts';

const mostBytes = 64 * 1024 * 1024;

/**
 * The check of a bag with what its signature says. Only this laptop's own keys are known here: headquarters knows them all.
 * A signature in the name of one of them that does not hold makes the bag not whole; no manifest would notice.
 */
export async function withSignature(
  { files, laptop }: Pick<SupplyDeps, 'files' | 'laptop'>,
  check: BagCheck,
): Promise<BagCheck> {
  const not = (says: string): BagCheck => ({
    ...check,
    complete: false,
    problems: [...check.problems, says],
  });
  const path = join(check.path, bagSignature);
  const manifest = join(check.path, 'tagmanifest-sha256.txt');
  const info = join(check.path, 'bag-info.txt');
  if (!(await files.stat(manifest)) || !(await files.stat(info))) return check;
  const signer = bagInfoField(
    Buffer.from(await files.read(info, mostBytes)).toString('utf8'),
    'Coldstart-Laptop',
  );
  if (signer === undefined) return check;
  if (!(await files.stat(path)))
    return not(`${bagSignature} is missing: laptop key ${signer} signed this bag.`);
  const made = signature(Buffer.from(await files.read(path, mostBytes)).toString('utf8'));
  const own = laptop.shown().find(each => each.id === made?.keyId);
  const key = own && publicKey(own.key);
  if (made && !key) return check;
  if (made && key && (await signatureHolds(await files.read(manifest, mostBytes), made, key)))
    return { ...check, signedBy: key.id };
  return not(
    made
      ? `${bagSignature} does not hold: key ${made.keyId} of this laptop did not sign what is here.`
      : `${bagSignature} cannot be read.`,
  );
}

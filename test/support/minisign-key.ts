import { randomBytes } from 'node:crypto';
import sodium from 'libsodium-wrappers-sumo';
import type { SecretKey } from '../../main/core/minisign.ts';

/** A fresh signing key of some headquarters, and its public half as a `.pub` file would hold it. */
export async function minisignKey(): Promise<{ readonly secret: SecretKey; readonly pub: string }> {
  await sodium.ready;
  const pair = sodium.crypto_sign_keypair();
  const id = randomBytes(8);
  const line = Buffer.concat([Buffer.from('Ed'), id, pair.publicKey]).toString('base64');
  return {
    secret: {
      id: Buffer.from(id).reverse().toString('hex').toUpperCase(),
      bytes: pair.publicKey,
      secret: pair.privateKey,
    },
    pub: `untrusted comment: minisign public key of a test\n${line}\n`,
  };
}

import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { Secret } from '../../main/core/secret.ts';

/** A fresh age key pair for one test. */
export async function ageKey(): Promise<{ readonly identity: Secret; readonly recipient: string }> {
  const identity = await generateX25519Identity();
  return { identity: new Secret(identity), recipient: await identityToRecipient(identity) };
}

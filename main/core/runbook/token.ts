import { createHash } from 'node:crypto';

import { Secret } from '../secret.ts';

/** The password inside a server token: all of a short one, or what follows `::server:` in `K10<hash>::server:<password>`. */
export function passwordOf(token: Secret): Secret {
  const text = token.reveal().trim();
  return new Secret(/^K10[0-9a-f]{64}::[^:]+:(.*)$/s.exec(text)?.[1] ?? text);
}

/** The CA hash inside a full token (`K10<64 hex>::…`); undefined for a short one. */
export const caHashOf = (token: Secret): string | undefined =>
  /^K10([0-9a-f]{64})::/.exec(token.reveal().trim())?.[1];

/**
 * First 12 hex digits of the SHA-256 of the token's password. K3s itself writes them in the clear (bootstrap key,
 * annotation `snapshot-token-hash`): they tell tokens apart and give nothing away.
 */
export const tokenHash = (token: Secret): string =>
  createHash('sha256').update(passwordOf(token).reveal()).digest('hex').slice(0, 12);

/** A new server token: 32 hex digits from 16 random bytes, as K3s makes them itself. */
export const newToken = (random: Uint8Array): Secret => new Secret(Buffer.from(random).toString('hex'));

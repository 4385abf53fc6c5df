import { bootstrapKey, caHash, caHashOf, openBootstrap, passwordOf } from '../server-token.ts';
import type { KeyValue } from '../etcd-snapshot/kv.ts';
import type { Secret } from '../secret.ts';

/** One part of a proof. `says` and `because` are plain sentences and hold no secret. */
export type TokenProof =
  | { readonly is: 'passed'; readonly says: string; readonly caHash?: string }
  | { readonly is: 'failed'; readonly says: string }
  | { readonly is: 'could not be checked'; readonly because: string };

/** The hash of the server CA in opened bootstrap data, as a full token names it; undefined when there is none to read. */
function serverCa(plain: Uint8Array): string | undefined {
  try {
    const all = JSON.parse(Buffer.from(plain).toString('utf8')) as {
      ServerCA?: { Content?: unknown };
    } | null;
    const content = all?.ServerCA?.Content;
    return typeof content === 'string' ? caHash(Buffer.from(content, 'base64')) : undefined;
  } catch {
    return undefined; // No JSON, or a certificate that cannot be read: the token opened it all the same.
  }
}

/**
 * Whether `token` opens the snapshot whose keys under `/bootstrap/` are `keys`, after k3s `pkg/cluster/storage.go`.
 * `caHash` in the answer tells which site the snapshot is of. Takes a few milliseconds (PBKDF2).
 */
export function proveToken(keys: Iterable<KeyValue>, token: Secret | undefined): TokenProof {
  if (!token) return { is: 'could not be checked', because: 'No server token is at hand.' };
  const password = passwordOf(token).reveal();
  const wanted = bootstrapKey(password);
  let others = 0;
  let value: string | undefined;
  for (const each of keys)
    if (Buffer.from(each.key).toString('latin1') === wanted)
      value = Buffer.from(each.value).toString('latin1');
    else others += 1;
  if (value === undefined)
    return others > 0
      ? { is: 'failed', says: 'The snapshot was taken with another server token.' }
      : { is: 'failed', says: 'The snapshot holds no bootstrap data of K3s.' };
  const plain = openBootstrap(password, value);
  if (!plain)
    return { is: 'failed', says: 'The token is the right one, but the bootstrap data it seals is damaged.' };
  const inside = serverCa(plain);
  if (inside === undefined)
    return { is: 'passed', says: 'The token opens the snapshot. The server CA inside could not be read.' };
  const named = caHashOf(token);
  if (named !== undefined && named !== inside)
    return { is: 'failed', says: 'The token opens the snapshot, but names the CA of another site.' };
  return { is: 'passed', says: 'The token opens the snapshot.', caHash: inside };
}

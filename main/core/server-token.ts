import { createCipheriv, createDecipheriv, createHash, pbkdf2Sync, X509Certificate } from 'node:crypto';
import { Secret } from './secret.ts';

/**
 * What a K3s server token is and what it opens, after k3s `pkg/clientaccess/token.go` and `pkg/cluster/encrypt.go`.
 * The bootstrap data of a cluster (its CAs, its encryption keys) lies in etcd under a key made from the token's password,
 * sealed with it: so a token can be tried on a snapshot without any cluster.
 */
export type TokenForm =
  | { readonly is: 'full'; readonly caHash: string; readonly user: string; readonly password: string }
  | { readonly is: 'join'; readonly caHash: string; readonly id: string; readonly secret: string }
  | { readonly is: 'short'; readonly password: string };

/** Takes a token apart; line ends around it do not count. Undefined for a `K10…` that is malformed. */
export function tokenForm(token: string): TokenForm | undefined {
  const text = token.trim();
  const [, caHash, rest] = /^K10([0-9a-f]{64})::(.+)$/s.exec(text) ?? [];
  if (caHash === undefined || rest === undefined)
    return text.startsWith('K10') ? undefined : { is: 'short', password: text };
  const [, id, secret] = /^([a-z0-9]{6})\.([a-z0-9]{16})$/.exec(rest) ?? [];
  if (id !== undefined && secret !== undefined) return { is: 'join', caHash, id, secret };
  const colon = rest.indexOf(':');
  if (colon < 1) return undefined;
  return { is: 'full', caHash, user: rest.slice(0, colon), password: rest.slice(colon + 1) };
}

/** `K10<CA hash>::<user>:<password>`, as K3s writes it to `server/token`. */
export const fullToken = (caHash: string, password: string, user = 'server'): string =>
  `K10${caHash}::${user}:${password}`;

const shortHash = (password: string): string =>
  createHash('sha256').update(password).digest('hex').slice(0, 12);

/** The etcd key of the bootstrap data: `/bootstrap/` and 12 hex digits of the password's SHA-256. */
export const bootstrapKey = (password: string): string => `/bootstrap/${shortHash(password)}`;

/** The password inside a kept token; a token of no known form counts as one by itself. */
export function passwordOf(token: Secret): Secret {
  const form = tokenForm(token.reveal());
  return new Secret(form && form.is !== 'join' ? form.password : token.reveal().trim());
}

/** The CA hash inside a full token (`K10<64 hex>::…`); undefined for a short one. */
export function caHashOf(token: Secret): string | undefined {
  const form = tokenForm(token.reveal());
  return form && form.is !== 'short' ? form.caHash : undefined;
}

/**
 * First 12 hex digits of the SHA-256 of the token's password. K3s itself writes them in the clear (bootstrap key,
 * annotation `snapshot-token-hash`): they tell tokens apart and give nothing away.
 */
export const tokenHash = (token: Secret): string => shortHash(passwordOf(token).reveal());

/** A new server token: 32 hex digits from 16 random bytes, as K3s makes them itself. */
export const newToken = (random: Uint8Array): Secret => new Secret(Buffer.from(random).toString('hex'));

const keyOf = (password: string, salt: string): Buffer =>
  pbkdf2Sync(password, Buffer.from(salt, 'ascii'), 4096, 32, 'sha1');

const nonceBytes = 12;
const tagBytes = 16;

/**
 * The bootstrap data as it lies in etcd: `<16 hex salt>:<base64 of nonce, AES-256-GCM ciphertext and tag>`.
 * `salt` is 16 hex digits, used as text; `nonce` 12 bytes, never twice with one password and salt.
 */
export function sealBootstrap(password: string, plain: Uint8Array, salt: string, nonce: Uint8Array): string {
  const cipher = createCipheriv('aes-256-gcm', keyOf(password, salt), nonce);
  const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return `${salt}:${sealed.toString('base64')}`;
}

/** What the bootstrap data says; undefined when this password does not open it or it is damaged. */
export function openBootstrap(password: string, value: string): Uint8Array | undefined {
  const [, salt, base64] = /^([0-9a-f]{16}):([A-Za-z0-9+/]+=*)$/.exec(value) ?? [];
  if (salt === undefined || base64 === undefined) return undefined;
  const sealed = Buffer.from(base64, 'base64');
  if (sealed.length < nonceBytes + tagBytes) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', keyOf(password, salt), sealed.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  try {
    return Buffer.concat([
      decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes)),
      decipher.final(),
    ]);
  } catch {
    return undefined;
  }
}

const certificates = /-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----/g;

/**
 * The hash inside a full token, from what `/cacerts` answers: SHA-256 of its raw bytes when it holds one certificate,
 * of the root's DER when it holds a chain. Undefined when it holds none or its chain has no root.
 */
export function caHash(cacerts: Uint8Array): string | undefined {
  const found = Buffer.from(cacerts).toString('latin1').match(certificates) ?? [];
  const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  if (found.length === 1) return sha256(cacerts);
  const chain = found.map(pem => new X509Certificate(pem));
  let at = chain[0];
  for (let left = chain.length; at && left > 0; left -= 1) {
    const child = at;
    if (child.checkIssued(child)) return sha256(child.raw);
    at = chain.find(parent => child.checkIssued(parent) && child.verify(parent.publicKey));
  }
  return undefined;
}

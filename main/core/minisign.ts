import sodium from 'libsodium-wrappers-sumo';

/**
 * minisign signatures, as https://jedisct1.github.io/minisign/ describes the files. A key is `Ed`, 8 bytes of key id and
 * 32 bytes of Ed25519; a signature is `Ed` (over the content) or `ED` (over its BLAKE2b-512), the key id and 64 bytes,
 * followed by a trusted comment and a second signature over the first one and that comment.
 */
export interface PublicKey {
  /** As minisign prints it: 16 upper-case hex digits. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

export interface Signature {
  readonly keyId: string;
  readonly prehashed: boolean;
  readonly bytes: Uint8Array;
  readonly trustedComment: string;
  /** Over `bytes` and the trusted comment. */
  readonly commentSignature: Uint8Array;
}

export interface SecretKey extends PublicKey {
  readonly secret: Uint8Array;
}

/** Base64 as written by minisign; undefined when anything else is in it or its length is not one of `lengths`. */
function decoded(text: string | undefined, ...lengths: readonly number[]): Uint8Array | undefined {
  if (text === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return lengths.includes(bytes.length) && bytes.toString('base64') === text ? bytes : undefined;
}

const letters = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, 2)).toString('latin1');

/** The id is a little-endian number, printed with its highest digit first. */
const idOf = (bytes: Uint8Array): string => Buffer.from(bytes).reverse().toString('hex').toUpperCase();

const linesOf = (text: string): readonly string[] => text.split(/\r?\n/);

/** Reads a `.pub` file, or the bare base64 line. Undefined when it is no minisign public key. */
export function publicKey(text: string): PublicKey | undefined {
  const line = linesOf(text).find(each => each !== '' && !each.startsWith('untrusted comment:'));
  const bytes = decoded(line?.trim(), 42);
  if (!bytes || letters(bytes) !== 'Ed') return undefined;
  return { id: idOf(bytes.subarray(2, 10)), bytes: bytes.subarray(10) };
}

/** Reads a `.minisig` file. Undefined when it is none. */
export function signature(text: string): Signature | undefined {
  const [untrusted, first, trusted, second] = linesOf(text);
  const bytes = decoded(first, 74);
  const commentSignature = decoded(second, 64);
  const mark = 'trusted comment: ';
  if (!untrusted?.startsWith('untrusted comment:') || !trusted?.startsWith(mark)) return undefined;
  if (!bytes || !commentSignature || !['Ed', 'ED'].includes(letters(bytes))) return undefined;
  return {
    keyId: idOf(bytes.subarray(2, 10)),
    prehashed: letters(bytes) === 'ED',
    bytes: bytes.subarray(10),
    trustedComment: trusted.slice(mark.length),
    commentSignature,
  };
}

const signedOver = (content: Uint8Array, prehashed: boolean): Uint8Array =>
  prehashed ? sodium.crypto_generichash(64, content, null) : content;

/**
 * Whether `key` made this signature over `content` and over its trusted comment. A signature that names another key is
 * not this key's.
 */
export async function signatureHolds(content: Uint8Array, made: Signature, key: PublicKey): Promise<boolean> {
  await sodium.ready;
  if (made.keyId !== key.id) return false;
  const over = signedOver(content, made.prehashed);
  const comment = Buffer.concat([made.bytes, Buffer.from(made.trustedComment)]);
  return (
    sodium.crypto_sign_verify_detached(made.bytes, over, key.bytes) &&
    sodium.crypto_sign_verify_detached(made.commentSignature, comment, key.bytes)
  );
}

/** Reads a secret key file that was made without a password (`minisign -G -W`). Undefined for anything else. */
export function secretKey(text: string): SecretKey | undefined {
  const bytes = decoded(linesOf(text)[1], 158);
  const open = [0, 0].every((zero, i) => bytes?.[2 + i] === zero);
  if (!bytes || letters(bytes) !== 'Ed' || !open) return undefined;
  const secret = bytes.subarray(62, 126);
  return { id: idOf(bytes.subarray(54, 62)), secret, bytes: secret.subarray(32) };
}

/** A key pair from 32 random bytes for the key and 8 for its id. */
export async function newSecretKey(seed: Uint8Array, id: Uint8Array): Promise<SecretKey> {
  await sodium.ready;
  const { privateKey, publicKey: bytes } = sodium.crypto_sign_seed_keypair(seed);
  return { id: idOf(id), secret: privateKey, bytes };
}

/** The text of a `.pub` file. */
export const publicKeyText = (key: PublicKey): string =>
  `untrusted comment: minisign public key ${key.id}\n${publicKeyLine(key)}\n`;

/** The one line of it that counts. */
export const publicKeyLine = (key: PublicKey): string =>
  Buffer.concat([Buffer.from('Ed'), Buffer.from(key.id, 'hex').reverse(), key.bytes]).toString('base64');

/** Signs like `minisign -S`: prehashed, with a trusted comment of one line. Gives the text of the `.minisig` file. */
export async function signed(content: Uint8Array, key: SecretKey, trustedComment: string): Promise<string> {
  await sodium.ready;
  const bytes = sodium.crypto_sign_detached(signedOver(content, true), key.secret);
  const over = Buffer.concat([bytes, Buffer.from(trustedComment)]);
  const head = Buffer.concat([Buffer.from('ED'), Buffer.from(key.id, 'hex').reverse(), bytes]);
  return [
    'untrusted comment: signature from minisign secret key',
    head.toString('base64'),
    `trusted comment: ${trustedComment}`,
    Buffer.from(sodium.crypto_sign_detached(over, key.secret)).toString('base64'),
    '',
  ].join('\n');
}

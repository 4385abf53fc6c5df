import { createCipheriv, createDecipheriv, createHash, hkdfSync, scrypt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { FieldError } from '../../preload/contract/failure.ts';
import type { Secret } from '../core/secret.ts';
import type { Chance } from '../ports.ts';
import { writeDurably } from '../store/durable.ts';

/** The vault key wrapped by a passphrase: scrypt (RFC 7914) makes the wrapping key, AES-256-GCM wraps. Binary in base64. */
interface Wrapped {
  readonly is: 'wrapped';
  readonly n: number;
  readonly r: number;
  readonly p: number;
  readonly salt: string;
  readonly nonce: string;
  readonly sealed: string;
  /** Tells whether a key from elsewhere (the laptop's key store) is this vault's key. */
  readonly check: string;
}
/** The vault key as it is, allowed in practice homes only. */
interface Bare {
  readonly is: 'bare';
  readonly bytes: string;
}

/** What the vault's file holds; `sum` (SHA-256 over the rest) tells a damaged file from a wrong passphrase. */
export interface VaultFile {
  readonly format: 1;
  readonly id: string;
  readonly practice: boolean;
  readonly key: Wrapped | Bare;
}

/** 128 MiB and about a third of a second on a laptop of 2020; a guess costs a thief the same. */
const cost = { n: 2 ** 17, r: 8, p: 1 };

const stretched = async (passphrase: Secret, salt: Uint8Array, { n, r, p }: typeof cost): Promise<Buffer> =>
  await new Promise((done, failed) => {
    // The same passphrase typed on another keyboard may come composed differently.
    const text = passphrase.reveal().normalize('NFKC');
    scrypt(text, salt, 32, { N: n, r, p, maxmem: 256 * n * r }, (error, key) => {
      if (error) failed(error);
      else done(key);
    });
  });

const bound = (id: string, practice: boolean): Buffer =>
  Buffer.from(`coldstart vault key ${id} ${practice ? 'practice' : 'real'}`);

export async function wrap(
  key: Uint8Array,
  passphrase: Secret,
  about: { readonly id: string; readonly practice: boolean },
  chance: Chance,
): Promise<VaultFile> {
  const salt = chance.bytes(32);
  const nonce = chance.bytes(12);
  const wrapping = createCipheriv('aes-256-gcm', await stretched(passphrase, salt, cost), nonce);
  wrapping.setAAD(bound(about.id, about.practice));
  const sealed = Buffer.concat([wrapping.update(key), wrapping.final(), wrapping.getAuthTag()]);
  return {
    format: 1,
    ...about,
    key: {
      is: 'wrapped',
      ...cost,
      salt: base64(salt),
      nonce: base64(nonce),
      sealed: base64(sealed),
      check: checkOf(key),
    },
  };
}

/** The vault key, or undefined when the passphrase is not the one it was wrapped with. */
export async function unwrap(file: VaultFile, passphrase: Secret): Promise<Buffer | undefined> {
  if (file.key.is === 'bare') return Buffer.from(file.key.bytes, 'base64');
  const sealed = Buffer.from(file.key.sealed, 'base64');
  const key = await stretched(passphrase, Buffer.from(file.key.salt, 'base64'), file.key);
  const opening = createDecipheriv('aes-256-gcm', key, Buffer.from(file.key.nonce, 'base64'), {
    authTagLength: 16,
  });
  opening.setAAD(bound(file.id, file.practice));
  opening.setAuthTag(sealed.subarray(-16));
  try {
    return Buffer.concat([opening.update(sealed.subarray(0, -16)), opening.final()]);
  } catch {
    return undefined;
  }
}

const checkOf = (key: Uint8Array): string =>
  base64(new Uint8Array(hkdfSync('sha256', key, '', 'coldstart key check 1', 16)));

/** True when these bytes are the vault's key. */
export const isKeyOf = (file: VaultFile, key: Uint8Array): boolean =>
  file.key.is === 'wrapped' && key.length === 32 && checkOf(key) === file.key.check;

export const bare = (key: Uint8Array, id: string): VaultFile => ({
  format: 1,
  id,
  practice: true,
  key: { is: 'bare', bytes: base64(key) },
});

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const sumOf = ({ format, id, practice, key }: VaultFile): string =>
  createHash('sha256')
    .update(JSON.stringify([format, id, practice, Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1))]))
    .digest('hex');

export function writeVaultFile(path: string, file: VaultFile): void {
  writeDurably(path, `${JSON.stringify({ ...file, sum: sumOf(file) }, undefined, 2)}\n`, 0o600);
}

/** Undefined when there is none. Throws `damaged` for a file that is not whole, `refused` for one from a newer Coldstart. */
export function readVaultFile(path: string): VaultFile | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  }
  const raw = parsed(text);
  if (typeof raw?.['format'] === 'number' && raw['format'] > 1)
    throw new FieldError({
      code: 'refused',
      says: 'The vault was written by a newer Coldstart.',
      about: path,
      untouched: 'It was not changed.',
      next: 'Start the newer Coldstart.',
    });
  const file = raw as unknown as VaultFile;
  if (!isWhole(raw) || raw['sum'] !== sumOf(file))
    throw new FieldError({
      code: 'damaged',
      says: 'The vault of this home is damaged, so the secrets in it cannot be opened.',
      about: path,
      untouched: 'The file was left as it is.',
      next: 'Put back a copy of it from a backup of the home. Nodes can still be reached with passwords typed in.',
    });
  return file;
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const raw: unknown = JSON.parse(text);
    return typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const bytesIn = (value: unknown, length: number): boolean =>
  typeof value === 'string' && Buffer.from(value, 'base64').length === length;

function isWhole(raw: Record<string, unknown> | undefined): raw is Record<string, unknown> {
  if (raw?.['format'] !== 1 || typeof raw['id'] !== 'string' || typeof raw['practice'] !== 'boolean')
    return false;
  const key = raw['key'];
  if (typeof key !== 'object' || key === null) return false;
  const { is, n, r, p, salt, nonce, sealed, check, bytes } = key as Record<string, unknown>;
  if (is === 'bare') return bytesIn(bytes, 32);
  // Bounds, so that a forged file cannot ask for all memory of the laptop.
  const within = typeof n === 'number' && n >= 2 ** 14 && n <= 2 ** 20 && Number.isInteger(Math.log2(n));
  return (
    is === 'wrapped' &&
    within &&
    r === 8 &&
    p === 1 &&
    bytesIn(salt, 32) &&
    bytesIn(nonce, 12) &&
    bytesIn(sealed, 48) &&
    bytesIn(check, 16)
  );
}

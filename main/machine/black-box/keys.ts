import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomUUID,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { Vault } from '../../ports.ts';
import { writeDurably } from '../../store/durable.ts';

/** What a file of a black box is encrypted with, and what its head says so that it can be opened again. */
export interface FileKey {
  /** Names the pair of this home. */
  readonly id: string;
  /** The public half of a pair made for this one file; its private half is forgotten at once. */
  readonly ephemeral: Uint8Array;
  /** AES-256 key. */
  readonly key: Uint8Array;
}

export interface BoxKeys {
  /** A key for a new file. Needs no passphrase. */
  forNew(): FileKey;
  /**
   * The key of a file that was written with a pair of this home. Throws `vault-locked` while the vault is not open,
   * `damaged` when the pair is not here: it was never sealed, or its file is gone.
   */
  toRead(id: string, ephemeral: Uint8Array): Uint8Array;
  /** Brings a new pair to safety as soon as the vault is open. */
  settle(): void;
}

interface Pair {
  readonly id: string;
  readonly publicKey: KeyObject;
  /** Known only until it is sealed. */
  readonly privateKey?: KeyObject;
}

const purpose = 'black box key';
const isId = (name: string): boolean => /^[0-9a-f-]{36}$/.test(name);

/**
 * The X25519 pair of one home. The public half lies in the open, so a console is recorded while the vault is locked,
 * right after a crash, at night; the private half is sealed by the vault, so what was recorded can only be read with
 * the passphrase. Every file gets a key of its own from a throw-away pair (ECIES as in RFC 9180's base mode, with
 * node:crypto's parts). In a home whose vault does not exist yet, the private half stays in memory until there is one:
 * never in the clear on the disk. What was recorded is lost if the laptop dies before.
 */
export function boxKeys(folder: string, vault: Pick<Vault, 'state' | 'seal' | 'open'>): BoxKeys {
  let pair: Pair | undefined;
  const pathOf = (id: string): string => join(folder, `${id}.key`);

  const current = (): Pair => {
    pair ??= newest(folder) ?? fresh();
    settle();
    return pair;
  };

  function settle(): void {
    if (!pair?.privateKey || vault.state() !== 'open') return;
    const { id, publicKey, privateKey } = pair;
    const secret = privateKey.export({ type: 'pkcs8', format: 'der' });
    const file = {
      format: 1,
      id,
      public: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
      sealed: Buffer.from(vault.seal(secret, `${purpose} ${id}`)).toString('base64'),
    };
    secret.fill(0);
    writeDurably(pathOf(id), `${JSON.stringify(file, undefined, 2)}\n`, 0o600);
    pair = { id, publicKey };
  }

  return {
    settle,
    forNew() {
      const { id, publicKey } = current();
      const once = generateKeyPairSync('x25519');
      const ephemeral = once.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
      const shared = diffieHellman({ privateKey: once.privateKey, publicKey });
      return { id, ephemeral, key: stretched(shared, ephemeral, raw(publicKey)) };
    },
    toRead(id, ephemeral) {
      settle();
      const known = pair?.id === id && pair.privateKey ? pair.privateKey : unsealed(pathOf(id), id, vault);
      const shared = diffieHellman({ privateKey: known, publicKey: publicOf(ephemeral) });
      return stretched(shared, ephemeral, raw(createPublicKey(known)));
    },
  };
}

const fresh = (): Pair => ({ id: randomUUID(), ...generateKeyPairSync('x25519') });

/** Any pair of this home will do for writing; one that cannot be read is left alone and another is made. */
function newest(folder: string): Pair | undefined {
  for (const name of readdirSync(folder)) {
    const id = name.replace(/\.key$/, '');
    if (id === name || !isId(id)) continue;
    try {
      const file = readKeyFile(join(folder, name));
      return { id, publicKey: createPublicKey({ key: file.public, type: 'spki', format: 'der' }) };
    } catch {
      continue;
    }
  }
  return undefined;
}

function readKeyFile(path: string): { readonly public: Buffer; readonly sealed: Buffer } {
  const file = JSON.parse(readFileSync(path, 'utf8')) as { public?: unknown; sealed?: unknown };
  return {
    public: Buffer.from(String(file.public), 'base64'),
    sealed: Buffer.from(String(file.sealed), 'base64'),
  };
}

function unsealed(path: string, id: string, vault: Pick<Vault, 'open'>): KeyObject {
  if (!isId(id) || !existsSync(path)) throw keyGone(path);
  let sealed: Buffer;
  try {
    sealed = readKeyFile(path).sealed;
  } catch (cause) {
    throw keyGone(path, cause);
  }
  const secret = Buffer.from(vault.open(sealed, `${purpose} ${id}`));
  const key = createPrivateKey({ key: secret, type: 'pkcs8', format: 'der' });
  secret.fill(0);
  return key;
}

const raw = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' }).subarray(-32);
const spkiHead = Buffer.from('302a300506032b656e032100', 'hex');
const publicOf = (bytes: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([spkiHead, bytes]), type: 'spki', format: 'der' });
const stretched = (shared: Buffer, ephemeral: Uint8Array, receiver: Uint8Array): Uint8Array =>
  new Uint8Array(
    hkdfSync('sha256', shared, Buffer.concat([ephemeral, receiver]), 'coldstart black box 1', 32),
  );

const keyGone = (about: string, cause?: unknown): FieldError =>
  new FieldError(
    {
      code: 'damaged',
      says: 'The key of this recording is not in this home.',
      about,
      untouched: 'The recording was left as it is.',
      next: 'If the home was restored from a backup, put the key file back from where it was.',
    },
    { cause },
  );

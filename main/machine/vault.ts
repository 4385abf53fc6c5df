import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { FieldError } from '../../preload/contract/failure.ts';
import { Secret } from '../core/secret.ts';
import type { Chance, KeptVault } from '../ports.ts';
import { bare, isKeyOf, readVaultFile, unwrap, wrap, writeVaultFile } from './vault-file.ts';
import type { VaultFile } from './vault-file.ts';

/** The key store of the operating system, where a host has one. It only ever caches the vault key. */
export interface Keeper {
  /** The store's own name; `basic_text` (a file in the clear) and `unknown` count as no store at all. */
  readonly backend: string;
  get(name: string): Promise<Secret | undefined>;
  set(name: string, secret: Secret): Promise<void>;
  delete(name: string): Promise<void>;
}

/** Shortest passphrase that is taken; a third of a second per guess needs some length to matter. */
const leastLetters = 8;

/**
 * The vault of one home. A practice home without a vault gets one with a bare key, open at once and always; a real home
 * never does. A damaged file does not throw here but at use. Throws `practice-only` for a file of the other world, `refused` for a bare key in a real home.
 */
export function openVault(
  path: string,
  options: { readonly practice: boolean; readonly chance: Chance; readonly keeper?: Keeper },
): KeptVault {
  const { practice, chance } = options;
  const keeper = !practice && options.keeper && isWorthTheName(options.keeper) ? options.keeper : undefined;
  const { damage, ...found } = readOrDamage(path);
  let file = checked(found.file, path, practice);
  let key: Buffer | undefined;
  let remembered = false;

  if (!file && !damage && practice) {
    file = bare(chance.bytes(32), chance.uuid());
    writeVaultFile(path, file);
  }
  if (file?.key.is === 'bare') key = Buffer.from(file.key.bytes, 'base64');

  const opened = (): Buffer => {
    if (key) return key;
    throw damage ?? locked(path, file === undefined);
  };

  return {
    ...(damage ? { damage: damage.failure } : {}),
    canRemember: keeper !== undefined,
    remembered: () => remembered,
    state: () => (key ? 'open' : file || damage ? 'locked' : 'new'),

    async create(passphrase) {
      if (damage) throw damage;
      if (file ?? readVaultFile(path)) throw alreadyThere(path);
      requireLength(passphrase, 'No vault was made.');
      const fresh = Buffer.from(chance.bytes(32));
      const made = await wrap(fresh, passphrase, { id: chance.uuid(), practice }, chance);
      // Stretching took a while: another create may have come first.
      if (file ?? readVaultFile(path)) throw alreadyThere(path);
      writeVaultFile(path, made);
      file = made;
      key = fresh;
    },

    async unlock(passphrase) {
      if (!file) throw damage ?? locked(path, true);
      const unwrapped = await unwrap(file, passphrase);
      if (!unwrapped) throw wrongPassphrase(path, 'The vault was not changed and stays locked.');
      key = unwrapped;
    },

    async change(old, fresh) {
      const before = file;
      if (!before) throw damage ?? locked(path, true);
      if (before.key.is === 'bare') throw nothingToChange(path);
      requireLength(fresh, 'The vault keeps the passphrase it has.');
      const unwrapped = await unwrap(before, old);
      if (!unwrapped) throw wrongPassphrase(path, 'The vault keeps the passphrase it has.');
      const { id } = before;
      const made = await wrap(unwrapped, fresh, { id, practice }, chance);
      unwrapped.fill(0);
      // Stretching took a while: another change may have come first, and its passphrase is the one that counts.
      if (file !== before) throw changedMeanwhile(path);
      writeVaultFile(path, made);
      file = made;
    },

    lock() {
      if (file?.key.is === 'bare') return;
      key?.fill(0);
      key = undefined;
    },

    seal: (plain, purpose) => sealed(opened(), plain, purpose, chance),
    open: (bytes, purpose) => unsealed(opened(), bytes, purpose),

    async remember() {
      const secret = new Secret(opened().toString('base64'));
      if (!keeper || !file) throw noKeeper(path, practice ? undefined : options.keeper?.backend);
      try {
        await keeper.set(nameOf(file), secret);
      } catch (cause) {
        throw notTaken(keeper.backend, cause);
      }
      remembered = true;
    },

    async recall() {
      if (key || !file || !keeper) return key !== undefined;
      const bytes = Buffer.from((await keeper.get(nameOf(file)))?.reveal() ?? '', 'base64');
      if (!isKeyOf(file, bytes)) return false;
      key = bytes;
      remembered = true;
      return true;
    },

    async forget() {
      if (file) await keeper?.delete(nameOf(file));
      remembered = false;
    },
  };
}

function readOrDamage(path: string): { readonly file?: VaultFile; readonly damage?: FieldError } {
  try {
    const file = readVaultFile(path);
    return file ? { file } : {};
  } catch (thrown) {
    if (thrown instanceof FieldError) return { damage: thrown };
    throw thrown;
  }
}

const isWorthTheName = (keeper: Keeper): boolean => !['basic_text', 'unknown', ''].includes(keeper.backend);
const nameOf = (file: VaultFile): string => `coldstart-vault-${file.id}`;

// Sealed: one byte of format, 32 of salt, the cipher text, 16 of tag. Every seal has a key of its own, made from the
// vault key and the salt, so two seals can never meet in key and nonce, however many there are.
const format = 1;
const head = 1 + 32;
const zeroNonce = Buffer.alloc(12);
const keyOf = (key: Uint8Array, salt: Uint8Array): Buffer =>
  Buffer.from(hkdfSync('sha256', key, salt, 'coldstart seal 1', 32));

function sealed(key: Uint8Array, plain: Uint8Array, purpose: string, chance: Chance): Uint8Array {
  const salt = chance.bytes(32);
  const cipher = createCipheriv('aes-256-gcm', keyOf(key, salt), zeroNonce);
  cipher.setAAD(Buffer.from(purpose));
  return Buffer.concat([Buffer.of(format), salt, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function unsealed(key: Uint8Array, bytes: Uint8Array, purpose: string): Uint8Array {
  if (bytes.length < head + 16 || bytes[0] !== format) throw spoiled(purpose);
  const opening = createDecipheriv('aes-256-gcm', keyOf(key, bytes.subarray(1, head)), zeroNonce, {
    authTagLength: 16,
  });
  opening.setAAD(Buffer.from(purpose));
  opening.setAuthTag(bytes.subarray(-16));
  try {
    return Buffer.concat([opening.update(bytes.subarray(head, -16)), opening.final()]);
  } catch (cause) {
    throw spoiled(purpose, cause);
  }
}

function checked(file: VaultFile | undefined, about: string, practice: boolean): VaultFile | undefined {
  if (!file) return undefined;
  if (file.key.is === 'bare' && !practice)
    throw new FieldError({
      code: 'refused',
      says: 'The vault of this home has its key in the clear. Only a practice home may have that.',
      about,
      untouched: 'It was not opened.',
      next: 'Move the file away; if it was made by mistake, make a new vault with a passphrase.',
    });
  if (file.practice !== practice)
    throw new FieldError({
      code: 'practice-only',
      says: file.practice
        ? 'This vault belongs to the practice station.'
        : 'This vault belongs to a real home.',
      about,
      untouched: 'It was not opened.',
      next: 'Put it back into the home it came from.',
    });
  return file;
}

function requireLength(passphrase: Secret, untouched: string): void {
  if (passphrase.reveal().normalize('NFKC').length >= leastLetters) return;
  throw new FieldError({
    code: 'bad-ask',
    says: `The passphrase is too short: it needs at least ${leastLetters} letters.`,
    untouched,
    next: 'Take several words you will remember at the station; nobody can recover them for you.',
  });
}

const alreadyThere = (about: string): FieldError =>
  new FieldError({
    code: 'already-there',
    says: 'This home already has a vault.',
    about,
    untouched: 'It was not changed.',
    next: 'Unlock it with its passphrase.',
  });

const wrongPassphrase = (about: string, untouched: string): FieldError =>
  new FieldError({
    code: 'wrong-passphrase',
    says: 'That is not the passphrase of this vault.',
    about,
    untouched,
    next: 'Check the keyboard layout and Caps Lock, then try again. There is no limit and no other way in.',
  });

const nothingToChange = (about: string): FieldError =>
  new FieldError({
    code: 'refused',
    says: 'The vault of a practice home has no passphrase: nothing real is in it.',
    about,
    untouched: 'The vault was not changed.',
    next: 'Nothing needs doing. The vault of the real world has a passphrase of its own.',
  });

const changedMeanwhile = (about: string): FieldError =>
  new FieldError({
    code: 'refused',
    says: 'The passphrase was changed by somebody else while this change was being made.',
    about,
    untouched: 'The vault keeps the passphrase of that other change.',
    next: 'Find out who changed it, then do this again with that passphrase.',
  });

const locked = (about: string, isNew: boolean): FieldError =>
  new FieldError({
    code: 'vault-locked',
    says: isNew ? 'There is no vault for secrets yet.' : 'The vault is locked.',
    about,
    untouched: 'Nothing secret was read or stored.',
    next: isNew
      ? 'Choose a passphrase to make one, then do this again.'
      : 'Unlock it with its passphrase, then do this again.',
  });

const noKeeper = (about: string, backend?: string): FieldError =>
  new FieldError({
    code: 'refused',
    says: backend
      ? `This laptop's key store (${backend}) keeps keys in the clear, so the vault's key was not given to it.`
      : 'This laptop offers no key store to remember the vault by.',
    about,
    untouched: 'The vault was not changed.',
    next: 'Type the passphrase at each start.',
  });

const notTaken = (about: string, cause: unknown): FieldError =>
  new FieldError(
    {
      code: 'could-not',
      says: "The laptop's key store did not take the vault's key.",
      about,
      untouched: 'The vault was not changed; it opens with its passphrase as before.',
      next: 'Unlock the key store (the keyring) of this login, then try again, or type the passphrase at each start.',
    },
    { cause },
  );

const spoiled = (purpose: string, cause?: unknown): FieldError =>
  new FieldError(
    {
      code: 'damaged',
      says: 'A sealed value does not open: it was damaged, or sealed for something else or in another vault.',
      about: purpose,
      untouched: 'It was left as it is.',
      next: 'Use an older entry if there is one, or give the secret again.',
    },
    { cause },
  );

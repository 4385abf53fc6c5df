import { readFile } from 'node:fs/promises';
import ssh2 from 'ssh2';
import type { IdentityCallback, ParsedKey, SignCallback, SigningRequestOptions } from 'ssh2';
import type { Secret } from '../../core/secret.ts';

const { BaseAgent, createAgent, utils } = ssh2;

/** A private key file whose public half is known; the private half is opened only when the server accepts it. */
export interface KeyFile {
  readonly path: string;
  readonly publicKey: ParsedKey;
  /** Undefined while a passphrase is missing or wrong. */
  open(): ParsedKey | undefined;
}

/** What became of the key files: for the failure when none of them worked. */
export interface KeyNotes {
  /** Keys that need a passphrase nobody gave, or another one than was given. */
  readonly locked: Set<string>;
  /** Files that hold no key we can read, with the reason. */
  readonly unreadable: Map<string, string>;
}

const isMissing = (cause: unknown): boolean => (cause as NodeJS.ErrnoException).code === 'ENOENT';

/** One key out of what ssh2 parsed; undefined when it was none. */
function parsed(data: Buffer | string, passphrase?: string): ParsedKey | Error {
  const key: ParsedKey | ParsedKey[] | Error = utils.parseKey(data, passphrase);
  return Array.isArray(key) ? (key[0] ?? new Error('no key in it')) : key;
}

/**
 * Reads a key file. Gives nothing when there is no such file or no key in it (then `notes` says why).
 * `passphrase` is asked at most once, and only for a key that the server would accept.
 */
export async function keyFile(
  path: string,
  passphrase: () => Secret | undefined,
  notes: KeyNotes,
): Promise<KeyFile | undefined> {
  let data: Buffer;
  try {
    data = await readFile(path);
  } catch (cause) {
    notes.unreadable.set(path, isMissing(cause) ? 'there is no such file' : (cause as Error).message);
    return undefined;
  }
  const plain = parsed(data);
  if (!(plain instanceof Error)) return plainKey(path, plain, notes);
  if (!/passphrase/i.test(plain.message)) {
    notes.unreadable.set(path, reasonOf(data, plain));
    return undefined;
  }
  const open = (): ParsedKey | undefined => unlocked(path, data, passphrase(), notes);
  const publicKey = (await publicHalf(path, data)) ?? open();
  return publicKey && { path, publicKey, open };
}

function plainKey(path: string, key: ParsedKey, notes: KeyNotes): KeyFile | undefined {
  if (key.isPrivateKey()) return { path, publicKey: key, open: () => key };
  notes.unreadable.set(path, 'it holds only the public half');
  return undefined;
}

function unlocked(
  path: string,
  data: Buffer,
  secret: Secret | undefined,
  notes: KeyNotes,
): ParsedKey | undefined {
  const key = secret === undefined ? undefined : parsed(data, secret.reveal());
  if (key !== undefined && !(key instanceof Error)) return key;
  notes.locked.add(path);
  return undefined;
}

function reasonOf(data: Buffer, error: Error): string {
  if (data.includes('PuTTY-User-Key-File-3'))
    return 'it is in PuTTY format 3; export it from PuTTYgen as an OpenSSH key';
  if (data.includes('sk-ssh-ed25519') || data.includes('sk-ecdsa'))
    return 'it lives on a security key, which is not supported';
  return error.message;
}

/** The public half of an encrypted key: from the `.pub` beside it, or from the clear part of the OpenSSH format. */
async function publicHalf(path: string, data: Buffer): Promise<ParsedKey | undefined> {
  const beside = await readFile(`${path}.pub`).catch(() => undefined);
  for (const text of [beside, clearPart(data)]) {
    const key = text === undefined ? undefined : parsed(text);
    if (key !== undefined && !(key instanceof Error)) return key;
  }
  return undefined;
}

/** OpenSSH's PROTOCOL.key: magic, then cipher, kdf, kdf options as strings, a count, and the public key in clear. */
function clearPart(data: Buffer): string | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(data.toString('latin1'))?.[1];
  if (body === undefined) return undefined;
  const blob = Buffer.from(body, 'base64');
  const magic = 'openssh-key-v1\0';
  if (blob.toString('latin1', 0, magic.length) !== magic) return undefined;
  try {
    let at = magic.length;
    for (let i = 0; i < 3; i++) at += 4 + blob.readUInt32BE(at);
    const length = blob.readUInt32BE(at + 4);
    const key = blob.subarray(at + 8, at + 8 + length);
    return `${key.toString('latin1', 4, 4 + key.readUInt32BE(0))} ${key.toString('base64')}`;
  } catch {
    return undefined;
  }
}

/** Key files shaped as an agent, so that a passphrase is wanted only once the server accepted the public half. */
export class KeyFileAgent extends BaseAgent<ParsedKey> {
  readonly #keys: readonly KeyFile[];
  readonly #signed: () => void;

  constructor(keys: readonly KeyFile[], signed: () => void) {
    super();
    this.#keys = keys;
    this.#signed = signed;
  }

  override getIdentities(give: IdentityCallback<ParsedKey>): void {
    give(
      null,
      this.#keys.map(key => key.publicKey),
    );
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    give?: SignCallback,
  ): void {
    const [hash, done] = typeof options === 'function' ? [undefined, options] : [options.hash, give];
    const opened = this.#keys.find(k => k.publicKey.getPublicSSH().equals(key.getPublicSSH()))?.open();
    const signature: Buffer | Error =
      opened?.sign(data, hash) ?? new Error('the key is locked by a passphrase');
    if (signature instanceof Error) return done?.(signature);
    this.#signed();
    return done?.(null, signature);
  }
}

/** The running agent of this session (its socket; on Windows also a pipe or `pageant`), told about in the same way. */
export class SessionAgent extends BaseAgent {
  readonly #agent: InstanceType<typeof BaseAgent>;
  readonly #signed: () => void;

  constructor(socket: string, signed: () => void) {
    super();
    this.#agent = createAgent(socket);
    this.#signed = signed;
  }

  override getIdentities(give: IdentityCallback): void {
    this.#agent.getIdentities(give);
  }

  override sign(
    key: string | Buffer | ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    give?: SignCallback,
  ): void {
    const [wanted, done] = typeof options === 'function' ? [{}, options] : [options, give];
    this.#agent.sign(key, data, wanted, (error, signature) => {
      if (!error) this.#signed();
      done?.(error, signature);
    });
  }
}

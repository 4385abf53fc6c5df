import { createDecipheriv } from 'node:crypto';

/** How Kubernetes' API server wrote a value (apiserver `encryptionconfig/config.go`); `unknown`: neither of these. */
export type Sealing = 'aescbc' | 'aesgcm' | 'secretbox' | 'kms' | 'plain' | 'unknown';

/** What the bootstrap data says of the encryption of Secrets. Holds keys: never leaves the worker. */
export interface Encryption {
  /** New Secrets are sealed. */
  readonly on: boolean;
  /** Of the providers that have keys. */
  readonly keys: readonly { readonly by: Sealing; readonly name: string; readonly key: Buffer }[];
}

const versions: Readonly<Record<string, Sealing>> = {
  'aescbc:v1': 'aescbc',
  'aesgcm:v1': 'aesgcm',
  'secretbox:v1': 'secretbox',
  'kms:v1': 'kms',
  'kms:v2': 'kms',
};
const headBytes = 32;

/** How a value is sealed, by its first bytes. */
export function sealing(value: Uint8Array): Sealing {
  const head = Buffer.from(value.subarray(0, headBytes)).toString('latin1');
  const [, by = ''] = /^k8s:enc:([a-z]+:v\d):/.exec(head) ?? [];
  if (Object.hasOwn(versions, by)) return versions[by] ?? 'unknown';
  return head.startsWith('k8s\0') || head.startsWith('{') ? 'plain' : 'unknown';
}

type Json = Readonly<Record<string, unknown>>;
const record = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
const records = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(record) : []);
const sealings = ['aescbc', 'aesgcm', 'secretbox'] as const;

/** Reads an EncryptionConfiguration; nothing when it is none. The first provider is the one new Secrets are written with. */
export function encryptionOf(json: string): Encryption | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return undefined;
  }
  const rule = records(record(parsed)['resources']).find(
    each => Array.isArray(each['resources']) && each['resources'].includes('secrets'),
  );
  if (!rule) return undefined;
  const providers = records(rule['providers']);
  const [first] = providers;
  const keys = providers.flatMap(provider =>
    sealings.flatMap(by =>
      records(record(provider[by])['keys']).map(key => ({
        by,
        name: String(key['name']),
        key: Buffer.from(String(key['secret']), 'base64'),
      })),
    ),
  );
  return { on: first !== undefined && !Object.hasOwn(first, 'identity'), keys };
}

/** `opened`: decrypted as a trial · `key`: its key is there, not tried · `no-key` · `damaged`: it does not decrypt. */
export type Opening = 'opened' | 'key' | 'no-key' | 'damaged';

const ivBytes = 16;

/** AES-CBC has no seal of its own: what comes out must begin as the API server writes objects. */
function opensCbc(sealed: Uint8Array, key: Buffer): boolean {
  try {
    const open = createDecipheriv(`aes-${key.length * 8}-cbc`, key, sealed.subarray(0, ivBytes));
    const plain = Buffer.concat([open.update(sealed.subarray(ivBytes)), open.final()]);
    return sealing(plain) === 'plain';
  } catch {
    return false;
  }
}

/** Whether a restored API server could open this sealed value with the keys of the bootstrap data. */
export function opening(value: Uint8Array, by: Sealing, { keys }: Encryption): Opening {
  // A key's name may hold colons itself, so it is compared with those that are known, never split off.
  const named = keys.filter(key => {
    const head = Buffer.from(`k8s:enc:${by}:v1:${key.name}:`, 'latin1');
    return key.by === by && Buffer.compare(value.subarray(0, head.length), head) === 0;
  });
  if (named.length === 0) return 'no-key';
  if (by !== 'aescbc') return 'key';
  const isOpened = named.some(({ name, key }) =>
    opensCbc(value.subarray(Buffer.byteLength(`k8s:enc:aescbc:v1:${name}:`, 'latin1')), key),
  );
  return isOpened ? 'opened' : 'damaged';
}

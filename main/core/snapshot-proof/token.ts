import { X509Certificate } from 'node:crypto';
import { bootstrapKey, caHash, caHashOf, openBootstrap, passwordOf, tokenForm } from '../server-token.ts';
import type { KeyValue } from '../etcd-snapshot/kv.ts';
import type { Secret } from '../secret.ts';

/** What the bootstrap data of a snapshot said, once a token opened it. Holds keys: never leaves the worker. */
export interface Opened {
  /** Which of the tokens opened it, counted from 0. */
  readonly which: number;
  /** SHA-256 of the server CA as a full token names it; absent when there is none that can be read. */
  readonly caHash?: string;
  readonly caNotBefore?: string;
  /** The token that opened it names this CA; absent for a short token. */
  readonly named?: string;
  /** K3s' configuration of the encryption of Secrets, as JSON; absent where there is none. */
  readonly encryption?: string;
}

/** How trying the tokens on a snapshot went. `says` and `next` are plain sentences and hold no secret. */
export type TokenTried =
  | { readonly is: 'opened'; readonly opened: Opened }
  | { readonly is: 'failed'; readonly says: string; readonly next: string }
  | { readonly is: 'none'; readonly says: string; readonly next: string };

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const prefix = '/bootstrap/';

/** Entries of opened bootstrap data: JSON, each `{Timestamp, Content}` with base64 inside. */
function contentOf(plain: Uint8Array, name: string): Buffer | undefined {
  try {
    const all = JSON.parse(Buffer.from(plain).toString('utf8')) as Record<
      string,
      { Content?: unknown }
    > | null;
    const content = all && Object.hasOwn(all, name) ? all[name]?.Content : undefined;
    return typeof content === 'string' && content !== '' ? Buffer.from(content, 'base64') : undefined;
  } catch {
    return undefined; // No JSON: the token opened it all the same.
  }
}

function caOf(plain: Uint8Array): Pick<Opened, 'caHash' | 'caNotBefore'> {
  const pem = contentOf(plain, 'ServerCA');
  if (!pem) return {};
  try {
    const hash = caHash(pem);
    const made = new X509Certificate(pem).validFromDate.toISOString();
    return hash === undefined ? {} : { caHash: hash, caNotBefore: made };
  } catch {
    return {}; // Something else than a certificate: then nothing says which site it is.
  }
}

function openedBy(token: Secret, which: number, plain: Uint8Array): Opened {
  const named = caHashOf(token);
  const encryption = contentOf(plain, 'EncryptionConfig')?.toString('utf8');
  return {
    which,
    ...caOf(plain),
    ...(named === undefined ? {} : { named }),
    ...(encryption === undefined ? {} : { encryption }),
  };
}

const fullToken =
  'Give the server token: the text of /var/lib/rancher/k3s/server/token on a server of that site.';

/** Why a token can open no snapshot at all, by its form alone. */
function wrongForm(token: Secret): string | undefined {
  const form = tokenForm(token.reveal());
  if (!form) return 'It begins as a full K3s token and is cut short or mistyped.';
  const isJoin =
    form.is === 'join' || (form.is === 'short' && /^[a-z0-9]{6}\.[a-z0-9]{16}$/.test(form.password));
  return isJoin
    ? 'It is a token made for joining nodes (`k3s token create`). Such a token opens no snapshot.'
    : undefined;
}

/** Why one token that was given did not open it, in a sentence. */
function refusal(token: Secret, wanted: readonly string[]): { says: string; next: string } {
  const form = wrongForm(token);
  if (form !== undefined) return { says: form, next: fullToken };
  if (wanted.length === 0) return foreign;
  const isAgent = /^K10[0-9a-f]{64}::node:/.test(token.reveal().trim());
  const own = bootstrapKey(passwordOf(token).reveal()).slice(prefix.length);
  return {
    says: `The snapshot was taken with another server token: it needs the one with the hash ${wanted.join(' or ')}, and this one has ${own}.${isAgent ? ' It looks like an agent’s token.' : ''}`,
    next: 'Find the token that was in use when the snapshot was taken; after a rotation that is the older one.',
  };
}

const foreign = {
  says: 'The snapshot holds no bootstrap data of K3s, so no token opens it.',
  next: 'Make sure it is a snapshot of K3s. With another etcd in it K3s would begin an empty cluster.',
};
const damaged = {
  says: 'The token is the right one, but the bootstrap data it opens is damaged.',
  next: 'Take another copy of this snapshot, or an older one.',
};
const noToken = (wanted: readonly string[]): { says: string; next: string } => ({
  says: `No server token is at hand. It needs the one with the hash ${wanted.join(' or ')}.`,
  next: fullToken,
});

function none(wanted: readonly string[]): TokenTried {
  return wanted.length === 0 ? { is: 'failed', ...foreign } : { is: 'none', ...noToken(wanted) };
}

/**
 * Tries tokens on the keys of a snapshot, after k3s `pkg/cluster/storage.go`: the bootstrap data lies under
 * `/bootstrap/` and twelve digits of the password's hash, sealed with the password. Only those whose digits are there
 * are really tried, each takes a few milliseconds (PBKDF2). `given`: the technician named the one token, so what is
 * wrong with it is told; tokens of the vault that belong elsewhere say nothing.
 */
export function tryTokens(keys: Iterable<KeyValue>, tokens: readonly Secret[], given: boolean): TokenTried {
  const values = new Map<string, string>();
  for (const { key, value } of keys) if (text(key).startsWith(prefix)) values.set(text(key), text(value));
  const wanted = [...values.keys()].map(key => key.slice(prefix.length, prefix.length + 12)).slice(0, 4);
  if (wanted.length === 0 && !given) return { is: 'failed', ...foreign };
  const opened: Opened[] = [];
  let isDamaged = false;
  for (const [which, token] of tokens.entries()) {
    const password = passwordOf(token).reveal();
    const value = values.get(bootstrapKey(password));
    if (value === undefined || wrongForm(token) !== undefined) continue;
    const plain = openBootstrap(password, value);
    if (plain) opened.push(openedBy(token, which, plain));
    else isDamaged = true;
  }
  // Two sites may share a password: the token that names the CA inside is the one.
  const best = opened.find(one => one.named !== undefined && one.named === one.caHash) ?? opened[0];
  if (best) return { is: 'opened', opened: best };
  if (isDamaged) return { is: 'failed', ...damaged };
  const [first] = tokens;
  return given && first ? { is: 'failed', ...refusal(first, wanted) } : none(wanted);
}

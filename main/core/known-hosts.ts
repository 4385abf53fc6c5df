import { createHash, createHmac } from 'node:crypto';
import { matchesPatterns } from './ssh-patterns.ts';

/** One line of a known_hosts file as described in sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". */
export interface KnownHost {
  readonly marker: 'none' | 'revoked' | 'cert-authority';
  /** The host field as written: patterns separated by commas, or one hashed name. */
  readonly hosts: string;
  readonly keyType: string;
  /** The key blob in base64. */
  readonly key: string;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

/** What the known hosts say about an offered key. `vouched`: only a certificate authority speaks for this host. */
export type HostKeyVerdict =
  | { readonly is: 'trusted' }
  | { readonly is: 'unknown' }
  | { readonly is: 'vouched'; readonly entry: KnownHost }
  | { readonly is: 'changed'; readonly entry: KnownHost }
  | { readonly is: 'revoked'; readonly entry: KnownHost };

const markers = { '@revoked': 'revoked', '@cert-authority': 'cert-authority' } as const;

function knownHost(text: string, file: string, line: number): KnownHost[] {
  const words = text.trim().split(/[ \t]+/);
  const first = words[0] ?? '';
  if (first === '' || first.startsWith('#')) return [];
  const marked = first in markers;
  if (first.startsWith('@') && !marked) return [];
  const [hosts, keyType, key] = marked ? words.slice(1) : words;
  if (hosts === undefined || keyType === undefined || key === undefined) return [];
  const marker = marked ? markers[first as keyof typeof markers] : 'none';
  return [{ marker, hosts, keyType, key, file, line }];
}

/** All entries of one file; comments and lines that make no sense are left out, as OpenSSH does. */
export const parseKnownHosts = (text: string, file: string): readonly KnownHost[] =>
  text.split('\n').flatMap((line, i) => knownHost(line, file, i + 1));

/** The name a host goes by in known_hosts: `host` on port 22, else `[host]:port`. */
export const hostLabel = (host: string, port: number): string =>
  port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;

/** A hashed name is `|1|salt|hash`, HMAC-SHA1 of the label under the salt, both in base64. */
function isHashOf(hashed: string, label: string): boolean {
  const [, version, salt, hash] = hashed.split('|');
  if (version !== '1' || salt === undefined || hash === undefined) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(label).digest('base64') === hash;
}

/** Whether an entry speaks about the host with this label. */
export const speaksOf = (entry: KnownHost, label: string): boolean =>
  entry.hosts.startsWith('|') ? isHashOf(entry.hosts, label) : matchesPatterns(entry.hosts.split(','), label);

/** The first field of an SSH key blob, such as `ssh-ed25519`; empty when the blob is not one. */
export function keyTypeOf(blob: Uint8Array): string {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  if (bytes.length < 4) return '';
  const length = bytes.readUInt32BE(0);
  return length <= bytes.length - 4 ? bytes.toString('latin1', 4, 4 + length) : '';
}

/** `SHA256:` and the unpadded base64 of the blob's SHA-256, as `ssh-keygen -l` prints it. */
export const fingerprintOf = (blob: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;

const base64 = (blob: Uint8Array): string => Buffer.from(blob).toString('base64');
const sameKey = (entry: KnownHost, blob: Uint8Array): boolean =>
  Buffer.from(entry.key, 'base64').equals(Buffer.from(blob));

/**
 * Whether a host may be trusted with this key. A revoked key is refused whatever else is written; any other key than
 * the stored ones, also one of another type, is a change.
 */
export function judgeHostKey(entries: readonly KnownHost[], label: string, blob: Uint8Array): HostKeyVerdict {
  const about = entries.filter(entry => speaksOf(entry, label));
  const revoked = about.find(entry => entry.marker === 'revoked' && sameKey(entry, blob));
  if (revoked) return { is: 'revoked', entry: revoked };
  const pinned = about.filter(entry => entry.marker === 'none');
  if (pinned.some(entry => sameKey(entry, blob))) return { is: 'trusted' };
  if (pinned[0])
    return { is: 'changed', entry: pinned.find(e => e.keyType === keyTypeOf(blob)) ?? pinned[0] };
  const authority = about.find(entry => entry.marker === 'cert-authority');
  return authority ? { is: 'vouched', entry: authority } : { is: 'unknown' };
}

/** A line that pins this key; without a line break. */
export const knownHostLine = (label: string, blob: Uint8Array): string =>
  `${label} ${keyTypeOf(blob)} ${base64(blob)}`;

/** Signature algorithms a key type can be used with, best first (RFC 8332 for RSA). */
const signatures = (keyType: string): readonly string[] =>
  keyType === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [keyType];

/**
 * Host key algorithms in the order to offer them: those of stored keys first, so that a server with several keys
 * shows the one that is known.
 */
export function hostKeyAlgorithms(
  entries: readonly KnownHost[],
  label: string,
  supported: readonly string[],
): readonly string[] {
  const stored = entries
    .filter(entry => entry.marker === 'none' && speaksOf(entry, label))
    .flatMap(entry => signatures(entry.keyType));
  const first = supported.filter(algorithm => stored.includes(algorithm));
  return [...first, ...supported.filter(algorithm => !first.includes(algorithm))];
}

import { readFile } from 'node:fs/promises';
import { FieldError } from '../../../preload/contract/failure.ts';
import { fingerprintOf, judgeHostKey, keyTypeOf, parseKnownHosts } from '../../core/known-hosts.ts';
import type { KnownHost } from '../../core/known-hosts.ts';
import type { Hop } from './route.ts';

/** A host key as a server showed it, before anyone trusted it. */
export interface OfferedKey {
  readonly hop: Hop;
  readonly blob: Uint8Array;
}

/** Entries of all files, in order. A file that is missing is empty; one that cannot be read stops everything. */
export async function knownHostsOf(files: readonly string[]): Promise<readonly KnownHost[]> {
  const texts = await Promise.all(files.map(readOrEmpty));
  return texts.flatMap((text, i) => parseKnownHosts(text, files[i] ?? ''));
}

async function readOrEmpty(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return '';
    const failure = {
      code: 'could-not',
      says: `The known host keys in ${file} could not be read.`,
      untouched: 'Nothing was sent to the node.',
      next: 'Mend the permissions of that file: without it no host key can be judged.',
    } as const;
    throw new FieldError(failure, { cause });
  }
}

/** Nothing when the key may be trusted; otherwise the failure to stop with. */
export function refusal(entries: readonly KnownHost[], { hop, blob }: OfferedKey): FieldError | undefined {
  const verdict = judgeHostKey(entries, hop.label, blob);
  if (verdict.is === 'trusted') return undefined;
  if (verdict.is === 'unknown') return unknownKey(hop, blob);
  const say = { vouched, changed: changedKey, revoked: revokedKey }[verdict.is];
  return say(hop, blob, verdict.entry);
}

const untouched = 'The connection was closed before any login; nothing was sent to the node.';
const at = (entry: KnownHost): string => `${entry.file}, line ${entry.line}`;
const facts = (hop: Hop, blob: Uint8Array) => ({
  fingerprint: fingerprintOf(blob),
  keyType: keyTypeOf(blob),
  host: hop.host,
  port: hop.port,
});

const unknownKey = (hop: Hop, blob: Uint8Array): FieldError =>
  new FieldError({
    code: 'host-key-unknown',
    says: `The host key of ${hop.host} is not known yet: ${keyTypeOf(blob)} ${fingerprintOf(blob)}.`,
    about: hop.name,
    untouched,
    next: 'Compare the fingerprint with the one shown on the node itself (`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on its console). Trust it only if they are the same.',
    facts: facts(hop, blob),
  });

const vouched = (hop: Hop, blob: Uint8Array, entry: KnownHost): FieldError =>
  new FieldError({
    code: 'refused',
    says: `Only a certificate authority speaks for ${hop.host} (${at(entry)}), and Coldstart cannot check SSH host certificates.`,
    about: hop.name,
    untouched,
    next: `If you have compared ${fingerprintOf(blob)} with the node's own console, add the line of its plain key to known_hosts, then try again.`,
    facts: facts(hop, blob),
  });

const changedKey = (hop: Hop, blob: Uint8Array, entry: KnownHost): FieldError =>
  new FieldError({
    code: 'host-key-changed',
    says: `${hop.host} shows another host key than the one known for it: ${keyTypeOf(blob)} ${fingerprintOf(blob)} instead of ${entry.keyType} ${fingerprintOf(Buffer.from(entry.key, 'base64'))}.`,
    about: hop.name,
    untouched,
    next: `Somebody may be listening in, or the node was set up anew. Find out which, at the node itself. Only if it was set up anew: take the old key out of ${at(entry)}, then connect again and compare the fingerprint.`,
    facts: { ...facts(hop, blob), file: entry.file, line: entry.line },
  });

const revokedKey = (hop: Hop, blob: Uint8Array, entry: KnownHost): FieldError =>
  new FieldError({
    code: 'host-key-revoked',
    says: `The host key of ${hop.host} is revoked (${at(entry)}): ${fingerprintOf(blob)}.`,
    about: hop.name,
    untouched,
    next: 'Do not log in to this machine over the network. Go to its console, make new host keys, and ask headquarters why the old one was revoked.',
    facts: { ...facts(hop, blob), file: entry.file, line: entry.line },
  });

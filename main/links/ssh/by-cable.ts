import { FieldError } from '../../../preload/contract/failure.ts';
import { fingerprintOf } from '../../core/known-hosts.ts';
import { script } from '../../core/sh.ts';
import type { Link, Target } from '../../ports.ts';
import { knownHostsOf, refusal } from './host-keys.ts';
import type { OfferedKey } from './host-keys.ts';
import { pin } from './pins.ts';
import type { Hop } from './route.ts';

/** Public host keys as OpenSSH and dropbear keep them, one `type base64` per line. */
const readKeys = `for f in /etc/ssh/ssh_host_*_key.pub; do [ ! -f "$f" ] || cat "$f"; done
for f in /etc/dropbear/dropbear_*_host_key; do
  [ ! -f "$f" ] || dropbearkey -y -f "$f" 2>/dev/null | grep -E '^(ssh|ecdsa)-'
done
exit 0`;

const keyLine =
  /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) ([A-Za-z0-9+/]{40,}={0,2})(?: |$)/gm;

/** The blobs of all public keys in a text; each begins with the name of its own type. */
export const keysIn = (text: string): readonly Uint8Array[] =>
  [...text.matchAll(keyLine)].map(([, base64 = '']) => Buffer.from(base64, 'base64'));

/**
 * Reads a node's SSH host keys over its cable and pins them for `hop`; gives their fingerprints. All of them are judged
 * before the first is written.
 */
export async function pinByCable(
  file: string,
  hop: Hop,
  target: Target,
  cable: Link,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const port = target.cable?.port ?? '';
  if (cable.kind !== 'serial' || /^(tcp|rfc2217):/.test(port)) throw networkCable(target.name, port);
  const { stdout } = await cable.exec(script(readKeys), { signal, as: 'login', timeoutMs: 30_000 });
  const keys = keysIn(stdout).map((blob): OfferedKey => ({ hop, blob }));
  if (keys.length === 0) throw noKeys(target.name);
  const entries = await knownHostsOf([file, ...hop.knownHosts]);
  const fresh: OfferedKey[] = [];
  for (const key of keys) {
    const refused = refusal(entries, key);
    if (refused && refused.failure.code !== 'host-key-unknown') throw refused;
    if (refused) fresh.push(key);
  }
  for (const key of fresh) await pin(file, key);
  return keys.map(({ blob }) => fingerprintOf(blob));
}

const networkCable = (about: string, port: string): FieldError =>
  new FieldError({
    code: 'refused',
    says: `${port} is a network: what comes through it could come from anybody.`,
    about,
    untouched: 'No host key was pinned.',
    next: 'Plug a serial cable from this laptop into the node and try again, or compare the fingerprint by hand.',
  });

const noKeys = (about: string): FieldError =>
  new FieldError({
    code: 'could-not',
    says: 'The node has no SSH host keys that can be read: neither in /etc/ssh nor in /etc/dropbear.',
    about,
    untouched: 'No host key was pinned.',
    next: 'Check whether an SSH server is installed on the node.',
  });

import type { NodeLook } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { script } from '../../core/sh.ts';
import type { Link } from '../../ports.ts';

/**
 * Looks and changes nothing. Only what dash and busybox ash have; os-release is read, not run. `sudo -k -n` ignores a
 * password typed a minute ago, so it tells what a run will meet. K3s is asked by full path: sudo's and a bare login's
 * PATH often lack /usr/local/bin.
 */
const looking = script(String.raw`
LC_ALL=C; export LC_ALL
say() { printf 'look:%s=%s\n' "$1" "$2"; }
say hostname "$(uname -n)"
say machine-id "$(cat /etc/machine-id 2>/dev/null || cat /var/lib/dbus/machine-id 2>/dev/null)"
say boot-id "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)"
say os "$(sed -n 's/^PRETTY_NAME=//p' /etc/os-release 2>/dev/null)"
say kernel "$(uname -s) $(uname -r)"
say arch "$(uname -m)"
if [ "$(id -u)" = 0 ]; then say sudo root
elif ! command -v sudo >/dev/null 2>&1; then say sudo none
elif sudo -k -n true </dev/null >/dev/null 2>&1; then say sudo passwordless
else say sudo password
fi
for k3s in /usr/local/bin/k3s /usr/bin/k3s /opt/bin/k3s; do
  [ -x "$k3s" ] || continue
  say k3s "$("$k3s" --version 2>/dev/null </dev/null | sed -n 's/^k3s version \([^ ]*\).*/\1/p')"
  break
done
`);

/** What the node says of itself. The host key is not its to tell: it comes from the link. */
export type Seen = Omit<NodeLook, 'hostKey'>;

export async function look(link: Link, about: string, signal: AbortSignal): Promise<Seen> {
  const exit = await link.exec(looking, { signal, timeoutMs: 30_000, keepBytes: 65_536 });
  const seen = seenIn(exit.stdout);
  if (exit.code === 0 && seen) return seen;
  throw new FieldError({
    code: 'could-not',
    says: `The node did not answer the first questions as a Linux machine does (${exit.signal ?? `status ${exit.code}`}).`,
    about,
    untouched: 'Nothing was changed on it.',
    next: 'Open a shell on it and see what it is; Coldstart needs a POSIX shell and the usual small tools.',
  });
}

const sudos: readonly string[] = ['root', 'passwordless', 'password', 'none'] satisfies NodeLook['sudo'][];

/** Reads the answers; noise around them is left out. Undefined when the needed ones are missing. */
export function seenIn(stdout: string): Seen | undefined {
  const said = new Map(
    [...stdout.matchAll(/^look:([a-z0-9-]+)=(.*)$/gm)].map(([, name, value]) => [name, plain(value ?? '')]),
  );
  const of = (name: string): string => said.get(name) ?? '';
  const sudo = of('sudo');
  if (of('hostname') === '' || of('arch') === '' || !sudos.includes(sudo)) return undefined;
  return {
    hostname: of('hostname'),
    machineId: of('machine-id'),
    bootId: of('boot-id'),
    os: of('os').replace(/^(["'])(.*)\1$/, '$2'),
    kernel: of('kernel'),
    arch: of('arch'),
    sudo: sudo as NodeLook['sudo'],
    ...(of('k3s') === '' ? {} : { k3s: of('k3s') }),
  };
}

/** A node's words are shown in lists and terminals: without control characters, and not without end. */
const plain = (text: string): string =>
  text
    .replaceAll(/\p{Cc}/gu, '')
    .trim()
    .slice(0, 200);

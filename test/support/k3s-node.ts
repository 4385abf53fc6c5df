import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { systemClock } from '../../main/machine/clock.ts';
import { sshLinks } from '../../main/links/ssh/links.ts';
import type { Link } from '../../main/ports.ts';
import { startSshd, testFolder } from './sshd.ts';

/** A stand-in for `k3s` that keeps snapshots in a folder and says what the real one says; `mode` makes it fail. */
const k3s = (root: string): string => `#!/bin/sh
db=${root}/lib/k3s/server/db
mode=$(cat ${root}/mode)
say() { printf 'time="2026-01-05T00:00:04Z" level=%s msg="%s"\\n' "$1" "$2" >&2; }
warn() { say warning "Unknown flag --cluster-init found in config.yaml, skipping"; }
if [ "$1" = --version ]; then echo "k3s version v1.33.5+k3s1 (1f4a3b2c)"; echo "go version go1.24.6"; exit 0; fi
[ "$1" = etcd-snapshot ] || exit 2
warn
case "$2:$mode" in
  *:down) say fatal 'Error: Get \\"https://127.0.0.1:6443/db/snapshot\\": dial tcp 127.0.0.1:6443: connect: connection refused'; exit 1;;
  save:busy) say fatal "snapshot save already in progress"; exit 1;;
  save:learner) say fatal "Unable to take snapshot: not supported for learner"; exit 1;;
  save:journal) say fatal "see server log for details: etcd-snapshot error ID 48213"; exit 1;;
  save:silent) exit 0;;
  save:*)
    name=on-demand-cp-1.lan-$(cat ${root}/time)
    mkdir -p $db/snapshots && cp ${root}/source "$db/snapshots/$name"
    [ "$mode" = lagging ] || :
    say info "Snapshot $name saved.";;
  ls:*)
    if [ -f ${root}/list.json ]; then cat ${root}/list.json; exit 0; fi
    printf '{"apiVersion":"v1","kind":"List","items":['
    comma=
    if [ "$mode" != lagging ]; then for f in $db/snapshots/*; do
      [ -f "$f" ] || continue
      printf '%s{"metadata":{},"spec":{"snapshotName":"%s","nodeName":"cp-1.lan","location":"file://%s"},"status":{"size":"%s","creationTime":"2026-01-05T00:00:04Z","readyToUse":true}}' "$comma" "\${f##*/}" "$f" "$(stat -c %s "$f")"
      comma=,
    done; fi
    printf ']}\\n';;
esac
`;

/**
 * A node behind a real OpenSSH server on loopback, its shell dash: K3s' paths are moved below a temporary folder. Only
 * root can have it, because the app's commands run as root.
 */
export async function k3sNode(t: TestContext) {
  const root = await testFolder(t, 'coldstart-node-');
  const at = (path: string): string => join(root, path);
  for (const folder of ['bin', 'etc/k3s', 'lib/k3s/server/db/etcd', 'lib/k3s/server/db/snapshots'])
    mkdirSync(at(folder), { recursive: true });
  writeFileSync(at('bin/k3s'), k3s(root));
  chmodSync(at('bin/k3s'), 0o755);
  const put = (path: string, content: string | Uint8Array): void =>
    writeFileSync(at(path), content, { mode: 0o600 });
  put('mode', 'ok');
  put('time', '1767571204');
  put('lib/k3s/server/db/etcd/db', 'x'.repeat(100_000));
  const sshd = await startSshd(t, {
    sftp: false,
    loginShell: `SSH_ORIGINAL_COMMAND=$(printf '%s' "$SSH_ORIGINAL_COMMAND" |
  sed 's#/usr/local/bin/k3s#${root}/bin/k3s#g; s#/etc/rancher#${root}/etc#g; s#/var/lib/rancher#${root}/lib#g; s#journalctl -u#cat ${root}/journal \\#-u#g')
exec sh -c "$SSH_ORIGINAL_COMMAND"`,
  });
  const knownHosts = at('known_hosts');
  writeFileSync(knownHosts, `[127.0.0.1]:${sshd.port} ${await sshd.hostKey('ed25519')}\n`);
  const links = sshLinks({ knownHostsFile: knownHosts, userSshFolder: undefined, clock: systemClock });
  const open = (): Promise<Link> =>
    links.open(
      {
        address: '127.0.0.1',
        port: sshd.port,
        user: sshd.user,
        login: { is: 'key', path: sshd.key },
        name: 'cp-1',
        secret: () => undefined,
      },
      new AbortController().signal,
    );
  return { root, at, put, open, snapshots: at('lib/k3s/server/db/snapshots') };
}

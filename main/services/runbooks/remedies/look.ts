import type { SiteNode } from '../../../../preload/contract/domain.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import { dataFolder } from '../../../core/runbook/preflight/disk.ts';
import { facts } from '../../../core/runbook/preflight/facts.ts';
import { baseOf } from '../../../core/runbook/remedies/base.ts';
import type { Base } from '../../../core/runbook/remedies/base.ts';
import { script } from '../../../core/sh.ts';
import type { Sh } from '../../../core/sh.ts';
import type { Clock, Link } from '../../../ports.ts';
import { refused } from './frame.ts';
import type { Looker } from './frame.ts';

/** Begins every look script: helpers that say `key=value` lines, as `facts` reads them. */
export const saying = String.raw`LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
each() { sed "s/^/$1=/"; }
say() { printf '%s\n' "$2" | each "$1"; }
has() { command -v "$1" >/dev/null 2>&1; }
`;

/** One small look, for a slow line and a sick node. Argument: the data folder. */
const baseScript = `# how does K3s stand on this machine?
${saying}${String.raw`d=$1
i=none; [ -x /sbin/openrc-run ] && i=openrc; [ -d /run/systemd/system ] && i=systemd; say init "$i"
say hostname "$(hostname 2>/dev/null || cat /proc/sys/kernel/hostname)"
say now "$(date +%s)"; say boot "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)"
u=; for n in k3s-agent k3s; do for f in /etc/systemd/system/$n.service /usr/lib/systemd/system/$n.service /etc/init.d/$n; do [ -e "$f" ] && u=$n; done; done
[ -n "$u" ] && { say unit "$u"
if [ "$i" = systemd ]; then say active "$(systemctl is-active "$u" 2>/dev/null)"; say enabled "$(systemctl is-enabled "$u" 2>/dev/null)"
elif has rc-service; then rc-service "$u" status >/dev/null 2>&1 && say active active; rc-update show default 2>/dev/null | grep -qw "$u" && say enabled enabled; fi; }
b=/usr/local/bin/k3s; [ -x "$b" ] && "$b" --version 2>/dev/null </dev/null | head -n 1 | each version
c=/etc/rancher/k3s/config.yaml
for k in node-name data-dir; do [ -r "$c" ] && sed -n "s/^$k:[[:space:]]*//p" "$c" | head -n 1 | tr -d "\"'" | each "$(printf '%s' "$k" | tr - .)"; done
[ -d "$d/server/db/etcd/member" ] && say db etcd; [ -e "$d/server/db/state.db" ] && say db sqlite
say end 1`}`;

/** The one small look every remedy begins with. */
export const baseLook = (data: string): Sh => script(baseScript, data);

/** Hands for looking, as root. Throws where there is no right to act as root. */
export async function lookerOn(link: Link, node: SiteNode, signal: AbortSignal): Promise<Looker> {
  if ((await link.sudo(signal)) === 'none')
    throw refused(
      node.name,
      'The login on this node may not act as root, and every remedy has to.',
      'Log in as a user who may use sudo.',
    );
  return {
    link,
    node,
    signal,
    ask: (command, more = {}) =>
      link.exec(command, { as: 'root', signal, timeoutMs: 60_000, keepBytes: 2 ** 21, ...more }),
    async read(path) {
      if (!(await link.stat(path, { signal, as: 'root' }))) return undefined;
      try {
        const bytes = await link.readFile(path, { signal, as: 'root', mostBytes: 262_144 });
        return Buffer.from(bytes).toString();
      } catch (thrown) {
        if (thrown instanceof FieldError && thrown.failure.code === 'no-such-thing') return undefined;
        throw thrown;
      }
    },
  };
}

/** How K3s stands on the node. Throws `refused` where no remedy fits. */
export async function lookAtBase(looker: Looker, clock: Clock): Promise<Base> {
  const { stdout } = await looker.ask(baseLook(dataFolder));
  return baseOf(facts(stdout), Math.round(clock.now().getTime() / 1000), looker.node.name);
}

/** The same; undefined where there is no K3s. */
export async function lookAtBaseIfAny(looker: Looker, clock: Clock): Promise<Base | undefined> {
  const seen = facts((await looker.ask(baseLook(dataFolder))).stdout);
  const at = Math.round(clock.now().getTime() / 1000);
  return seen.all('unit').length === 0 ? undefined : baseOf(seen, at, looker.node.name);
}

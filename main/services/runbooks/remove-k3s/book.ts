import type { SiteNode } from '../../../../preload/contract/domain.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import type { RunId } from '../../../../preload/contract/ids.ts';
import { dataFolder } from '../../../core/runbook/preflight/disk.ts';
import { script } from '../../../core/sh.ts';
import { asking, notSo, so } from '../book.ts';
import type { Book, Look, Step } from '../book.ts';
import { tidyStep } from '../install-single/book.ts';
import { tidyScript } from '../install-single/deliver.ts';
import { lockStep, unlock } from '../lock.ts';
import type { Whose } from '../lock.ts';
import { preflightStep } from '../preflight.ts';
import type { SurveyParts } from '../survey.ts';
import { settingsStep, snapshotStep } from './copies.ts';
import type { CopyParts } from './copies.ts';
import type { RemoveGround } from './ground.ts';

export interface RemoveOf {
  readonly node: SiteNode;
  readonly ground: RemoveGround;
  readonly run: RunId;
  readonly owner: string;
  readonly whose: Whose;
  readonly takeOver: string | undefined;
}

const leftScript = String.raw`# what of K3s is left?
for p in /usr/local/bin/k3s /usr/local/bin/k3s-uninstall.sh /usr/local/bin/k3s-agent-uninstall.sh /etc/systemd/system/k3s.service /etc/systemd/system/k3s.service.env /etc/systemd/system/k3s-agent.service /etc/init.d/k3s /etc/rancher/k3s /run/k3s; do
  [ -e "$p" ] && echo "left=$p"; done
[ -d "$1" ] && [ -n "$(ls -A "$1" 2>/dev/null)" ] && echo "left=$1"
grep -E ' (/run/k3s|/var/lib/kubelet|/var/lib/rancher/k3s)/' /proc/mounts 2>/dev/null | cut -d ' ' -f 2 | head -n 3 | sed 's/^/left=the mount /'
command -v pidof >/dev/null 2>&1 && pidof k3s k3s-server >/dev/null 2>&1 && echo 'left=a running k3s'
for i in cni0 flannel.1; do [ -d "/sys/class/net/$i" ] && echo "left=the interface $i"; done
[ -e /etc/rancher/node/password ] && echo kept=/etc/rancher/node/password
exit 0`;

const values = (stdout: string, key: string): readonly string[] =>
  stdout.split('\n').flatMap(line => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []));

const nothingLeft: Look = asking('root', script(leftScript, dataFolder), ({ stdout }) => {
  const left = values(stdout, 'left');
  if (left.length > 0) return notSo(`still there: ${left.join(', ')}`);
  const kept = values(stdout, 'kept');
  return so(
    `nothing of K3s is left${kept.length > 0 ? `, but ${kept.join(', ')} (the node’s own password; it does no harm)` : ''}`,
  );
});

/** K3s' own script where there is one; by hand only where there are no data. */
const removeScript = String.raw`# remove K3s by its own script
for s in /usr/local/bin/k3s-uninstall.sh /usr/local/bin/k3s-agent-uninstall.sh; do
  [ -x "$s" ] && { sh "$s" || exit $?; done=yes; }
done
[ -n "$done" ] || [ ! -d "$1/server/db/etcd/member" ] || { echo 'there are data, but no k3s-uninstall.sh' >&2; exit 1; }
[ -n "$done" ] || [ ! -e "$1/server/db/state.db" ] || { echo 'there are data, but no k3s-uninstall.sh' >&2; exit 1; }
rm -f /usr/local/bin/k3s /usr/local/bin/.k3s.coldstart
rm -rf /etc/rancher/k3s "$1/.coldstart"
rm -rf "$1"/* 2>/dev/null
rmdir "$1" /var/lib/rancher /etc/rancher 2>/dev/null
exit 0`;

/** Takes K3s off with everything it has on the node. `data`: what of a cluster is there. */
export const removeStep = (data: RemoveGround['data']): Step => ({
  id: 'remove',
  title: 'Remove K3s',
  why: 'K3s’ own script stops it and deletes its data, its settings and its program.',
  weight: 10,
  changes: true,
  ...(data !== 'none' && {
    mayLose: `The cluster on this node, its snapshots there, and everything in ${dataFolder}/storage: snapshots hold no volume data.`,
  }),
  probe: nothingLeft,
  apply: [{ is: 'job', name: 'remove', command: script(removeScript, dataFolder), timeoutMs: 15 * 60_000 }],
  verify: nothingLeft,
});

const warningsOf = ({ ground, node }: RemoveOf): readonly string[] => [
  ...(ground.data === 'sqlite'
    ? ['The node keeps its data in SQLite: the run will stop before anything is removed.']
    : []),
  ...(ground.nothing ? ['There is no K3s on this node.'] : []),
  ...(ground.data === 'none'
    ? []
    : [`Everything in ${dataFolder}/storage (volumes of workloads) is deleted; no snapshot holds it.`]),
  ...(ground.role === 'agent'
    ? ['The node is an agent: delete it from its cluster afterwards (kubectl delete node).']
    : []),
  `The name ${node.name} must be typed before it begins.`,
];

/** The way back: copies what would be lost, proves a copy, then removes K3s. */
export function removeBook(parts: SurveyParts & CopyParts, of: RemoveOf): Book {
  const { node, run, ground } = of;
  const copy = { node, ground, run };
  return {
    title: `Remove K3s from ${node.name}`,
    warnings: warningsOf(of),
    steps: [
      preflightStep(parts, { node }, false),
      lockStep(run, of.owner, of.whose, of.takeOver),
      settingsStep(parts, copy),
      snapshotStep(parts, copy),
      removeStep(ground.data),
      tidyStep(run),
    ],
    afterFailure: 'Continue the run to finish it.',
    release: async (hands, why) => {
      await hands.exec(why === 'cancelled' ? tidyScript(run) : unlock(run), {
        as: 'root',
        timeoutMs: 15_000,
      });
    },
  };
}

/** A removal begins only with the node's name typed out. */
export function nameTyped(node: SiteNode, typed: string): void {
  if (typed.trim() === node.name) return;
  throw new FieldError({
    code: 'consent-needed',
    says: `To remove K3s, the name of the node has to be typed: ${node.name}.`,
    about: node.name,
    untouched: 'Nothing was changed on the node.',
    next: 'Type the name exactly, then begin.',
  });
}

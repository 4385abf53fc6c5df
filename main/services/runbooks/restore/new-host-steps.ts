import { dataFolder } from '../../../core/runbook/preflight/disk.ts';
import type { Base } from '../../../core/runbook/remedies/base.ts';
import { membersIn } from '../../../core/runbook/remedies/members.ts';
import { named } from '../../../core/runbook/restore/workloads.ts';
import { script, sh } from '../../../core/sh.ts';
import { asking, notSo, so, tailOf } from '../book.ts';
import type { Look, Step } from '../book.ts';
import { binaryPath } from '../install-single/deliver.ts';
import { markerPath } from '../remedies/etcd-aside.ts';

/** Certificates, keys and passwords of the cluster that was made freshly: newer than the snapshot, so K3s would refuse. */
const fresh = ['tls', 'cred'];

const moveScript = String.raw`# move what the fresh cluster made aside, only while K3s cannot start by itself
[ -e "$3" ] || { echo 'the mark is missing' >&2; exit 1; }
if [ "$1" = systemd ]; then case $(systemctl is-active "$2" 2>/dev/null) in inactive | failed | unknown) ;; *) echo 'K3s runs' >&2; exit 1 ;; esac
else rc-service "$2" status >/dev/null 2>&1 && { echo 'K3s runs' >&2; exit 1; }; fi
server=$4 run=$5; shift 5
for one; do
  [ ! -d "$server/$one" ] || [ -d "$server/$one-aside-$run" ] || mv "$server/$one" "$server/$one-aside-$run" || exit 1
done
sync`;

const movedScript = String.raw`# is anything of it still in its place?
server=$1 run=$2; shift 2
for one; do [ -d "$server/$one" ] && [ ! -d "$server/$one-aside-$run" ] && echo "there=$one"; done; exit 0`;

/** Renames what the fresh install made; nothing is deleted. */
export function freshAsideStep({ init, unit }: Base, run: string): Step {
  const short = run.slice(0, 8);
  const server = `${dataFolder}/server`;
  const moved: Look = asking('root', script(movedScript, server, short, ...fresh), ({ stdout }) =>
    stdout.includes('there=')
      ? notSo('not moved yet')
      : so(`they lie beside, as tls-aside-${short} and cred-aside-${short}`),
  );
  return {
    id: 'fresh-aside',
    title: 'Move the certificates of the fresh cluster aside',
    why: 'They are newer than those in the snapshot, and K3s does not start when they differ. It takes the old ones out of the snapshot.',
    weight: 1,
    changes: true,
    probe: {
      ...moved,
      look: async (hands, again) =>
        hands.didBefore('fresh-aside') ? so('this run moved them before') : await moved.look(hands, again),
    },
    apply: [
      {
        is: 'command',
        as: 'root',
        command: script(moveScript, init, unit, markerPath, server, short, ...fresh),
        timeoutMs: 60_000,
      },
    ],
    verify: moved,
  };
}

const nodesCommand = sh`${binaryPath} kubectl get nodes -o json`;

/** Deletes nodes that are gone for good from the restored cluster. */
export function deleteNodesStep(gone: readonly string[]): Step {
  const deleted: Look = {
    shows: [{ text: nodesCommand.text, as: 'root' }],
    look: async (hands, again) => {
      const exit = await hands.exec(nodesCommand, {
        as: 'root',
        again,
        hush: true,
        timeoutMs: 60_000,
        keepBytes: 2 ** 22,
      });
      const nodes = membersIn(exit.stdout);
      if (!nodes) return notSo(tailOf(exit, 1) || 'the cluster does not answer');
      const still = nodes.map(({ name }) => name).filter(name => gone.includes(name));
      return still.length === 0
        ? so(`${named(gone)} ${gone.length === 1 ? 'is' : 'are'} no longer in the cluster`)
        : notSo(`still in the cluster: ${named(still)}`);
    },
  };
  return {
    id: 'delete-nodes',
    title: 'Delete the nodes that are gone',
    why: 'The snapshot knows them still, and pods that were on them would wait for ever.',
    weight: 3,
    changes: true,
    mayLose: 'Labels and taints given to these nodes by hand.',
    probe: deleted,
    apply: gone.map(name => ({
      is: 'command',
      as: 'root',
      command: sh`${binaryPath} kubectl delete node ${name} --wait=false --ignore-not-found`,
      timeoutMs: 60_000,
    })),
    verify: { ...deleted, patience: { everyMs: 2000, forMs: 120_000, what: 'Deleting the old nodes' } },
  };
}

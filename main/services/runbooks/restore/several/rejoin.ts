import type { SiteNode } from '../../../../../preload/contract/domain.ts';
import type { RunId } from '../../../../../preload/contract/ids.ts';
import { kubeNode } from '../../../../core/runbook/kube-node.ts';
import { joining, joinsVia } from '../../../../core/runbook/remedies/join-config.ts';
import { changedLines } from '../../../../core/runbook/remedies/diff.ts';
import { membershipIn } from '../../../../core/runbook/restore-many/voters.ts';
import { script, sh } from '../../../../core/sh.ts';
import { notSo, onNode, so, tailOf } from '../../book.ts';
import type { Look, Step } from '../../book.ts';
import { configPath } from '../../install-single/ground.ts';
import { binaryPath } from '../../install-single/deliver.ts';
import { secretEditStep } from '../../remedies/backup.ts';
import { moveStep } from '../../remedies/etcd-aside.ts';
import type { RemedyParts } from '../../remedies/frame.ts';
import { enableStep, onceOnly } from '../../remedies/rejoin-member.ts';
import { startStep } from '../../remedies/service.ts';
import type { Standing } from './look.ts';

export interface Joining {
  readonly node: SiteNode;
  readonly standing: Standing;
  /** `https://ADDRESS:6443` of the server that was reset. */
  readonly server: string;
  readonly run: RunId;
}

const membersScript = String.raw`# who is a member of etcd?
curl -sk --max-time 10 https://127.0.0.1:6443/db/info 2>/dev/null || wget -q -T 10 -O - --no-check-certificate https://127.0.0.1:6443/db/info 2>/dev/null
exit 0`;

/** Asked on the server that was reset: its etcd lists the members as they are now. */
const votes = (name: string): Look => {
  const members = script(membersScript);
  const node = sh`${binaryPath} kubectl get node ${name} -o json`;
  return {
    shows: [
      { text: members.text, as: 'root' },
      { text: node.text, as: 'root' },
    ],
    look: async (hands, again) => {
      const asking = { as: 'root', again, timeoutMs: 60_000, hush: true } as const;
      const is = membershipIn((await hands.exec(members, asking)).stdout, name);
      if (is === 'absent') return notSo(`${name} is no member yet`);
      if (is === 'learns') return notSo(`${name} learns, and does not vote yet`);
      const exit = await hands.exec(node, asking);
      const found = kubeNode(exit.stdout);
      if (!found) return notSo(tailOf(exit, 1) || `the cluster does not know ${name} yet`);
      // releases before April 2024 do not list their members
      if (is === undefined && !found.etcdVoter) return notSo(`${name} does not vote yet`);
      return found.ready
        ? so(`${name} votes in etcd and is Ready`)
        : notSo(found.says || `${name} votes, and is not ready yet`);
    },
  };
};

const voterStep = (name: string): Step => ({
  id: `voter-${name}`,
  title: `Wait until ${name} votes`,
  why: 'It copies the data, learns, and then votes. The next server may join only after that.',
  weight: 15,
  changes: false,
  apply: [],
  verify: {
    ...votes(name),
    patience: { everyMs: 1500, forMs: 20 * 60_000, what: `Waiting until ${name} votes` },
  },
});

/** One server comes back into the cluster with nothing of its old data. Its data stay on its disk, under another name. */
export function rejoinSteps(parts: RemedyParts, { node, standing, server, run }: Joining): readonly Step[] {
  const { base, configHash, masked } = standing;
  const config = secretEditStep(
    parts,
    { node, run },
    {
      path: configPath,
      mode: 0o600,
      beforeHash: configHash,
      shown: changedLines(masked, joining(masked, server)),
      done: text => joinsVia(text, server),
      change: text => joining(text, server),
    },
    {
      id: 'config',
      title: `Have ${node.name} join, and never found`,
      why: 'With cluster-init in its settings and no data it would make a new, empty cluster; so the server to join is put in first.',
    },
  );
  const start = startStep(
    base,
    run,
    'start',
    'It joins with nothing of its own; it does not start by itself yet.',
  );
  const move = onceOnly(moveStep(base, run));
  return [
    onNode(node, config),
    ...(base.db === 'etcd'
      ? [onNode(node, { ...move, title: `Move the old data of ${node.name} aside` })]
      : []),
    onNode(node, { ...start, title: `Start K3s on ${node.name}` }),
    voterStep(base.nodeName),
    onNode(node, { ...enableStep(base), title: `Let K3s start with ${node.name} again` }),
  ];
}

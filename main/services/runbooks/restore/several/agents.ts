import type { SiteNode } from '../../../../../preload/contract/domain.ts';
import type { RunId } from '../../../../../preload/contract/ids.ts';
import type { Base } from '../../../../core/runbook/remedies/base.ts';
import { membersIn } from '../../../../core/runbook/remedies/members.ts';
import { podsCompared, podsRunning, podsWanted } from '../../../../core/runbook/restore-many/pods.ts';
import { sh } from '../../../../core/sh.ts';
import { notSo, onNode, so, tailOf } from '../../book.ts';
import type { Look, Step } from '../../book.ts';
import { binaryPath } from '../../install-single/deliver.ts';
import { startStep, worksStep } from '../../remedies/service.ts';

/** K3s restores without counting revisions up, so an agent that goes on would trust what it remembers of the old cluster. */
const why =
  'The cluster’s state jumped back, and the agent remembers a newer one. Only a restart makes it look anew; its pods go on meanwhile.';

/** The restart of one agent's service. */
export const agentSteps = (
  agent: { readonly node: SiteNode; readonly base: Base },
  run: RunId,
): readonly Step[] => [
  onNode(agent.node, {
    ...startStep(agent.base, run, 'restart', why),
    title: `Restart the agent on ${agent.node.name}`,
  }),
  onNode(agent.node, {
    ...worksStep(agent.base),
    title: `Wait until the agent on ${agent.node.name} stays up`,
  }),
];

const nodesCommand = sh`${binaryPath} kubectl get nodes -o json`;

/** Tells every node of the restored cluster whose agent this run could not restart. */
export const agentsLeftStep = (restarted: readonly string[], servers: readonly string[]): Step => ({
  id: 'agents-left',
  title: 'See which agents are left',
  why: 'Every agent has to be restarted after a restore, also those this laptop cannot reach.',
  weight: 1,
  changes: false,
  apply: [],
  verify: {
    shows: [{ text: nodesCommand.text, as: 'root' }],
    look: async (hands, again) => {
      const exit = await hands.exec(nodesCommand, { as: 'root', again, hush: true, timeoutMs: 60_000 });
      const nodes = membersIn(exit.stdout);
      if (!nodes) return notSo(tailOf(exit, 1) || 'the cluster does not answer');
      const left = nodes
        .filter(({ name, etcd }) => !etcd && !servers.includes(name) && !restarted.includes(name))
        .map(({ name }) => name);
      return so(
        left.length === 0
          ? 'every agent of the restored cluster was restarted'
          : `not restarted: ${left.join(', ')}. On each of them, as root: systemctl restart k3s-agent`,
      );
    },
    patience: { everyMs: 2000, forMs: 120_000, what: 'Asking the cluster' },
  },
});

/** What runs on this node against what the cluster wants there: told, not judged; the kubelet tidies up by itself. */
export function podsStep(node: { readonly name: string; readonly nodeName: string }): Step {
  const running = sh`${binaryPath} crictl pods -o json`;
  const wanted = sh`${binaryPath} kubectl get pods -A -o json`;
  const compare: Look = {
    shows: [
      { text: running.text, as: 'root' },
      { text: wanted.text, as: 'root' },
    ],
    look: async (hands, again) => {
      const asking = { as: 'root', again, hush: true, timeoutMs: 60_000, keepBytes: 2 ** 24 } as const;
      const here = podsRunning((await hands.exec(running, asking)).stdout);
      const exit = await hands.exec(wanted, asking);
      const there = podsWanted(exit.stdout, node.nodeName);
      if (!there) return notSo(tailOf(exit, 1) || 'the cluster does not answer');
      return so(
        here ? podsCompared(here, there) : `containerd does not answer; ${there.length} pods are wanted here`,
      );
    },
  };
  return {
    id: 'pods',
    title: `Compare the pods of ${node.name}`,
    why: 'What runs on the node should be what the restored cluster wants there. What it does not know is ended by the kubelet within minutes.',
    weight: 2,
    changes: false,
    apply: [],
    verify: { ...compare, patience: { everyMs: 3000, forMs: 60_000, what: 'Asking the cluster' } },
  };
}

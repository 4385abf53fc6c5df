import type { RemedyField } from '../../../../preload/contract/doctor.ts';
import type { SiteNode } from '../../../../preload/contract/domain.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import type { NodeId } from '../../../../preload/contract/ids.ts';
import { kubeNode } from '../../../core/runbook/kube-node.ts';
import { dataFolder } from '../../../core/runbook/preflight/disk.ts';
import { joinAddress, joining, joinsVia } from '../../../core/runbook/remedies/join-config.ts';
import { maskedText } from '../../../core/runbook/remedies/config-repair.ts';
import { changedLines } from '../../../core/runbook/remedies/diff.ts';
import { membersIn, noQuorumWithout } from '../../../core/runbook/remedies/members.ts';
import type { Base } from '../../../core/runbook/remedies/base.ts';
import { script, sh } from '../../../core/sh.ts';
import type { Sh } from '../../../core/sh.ts';
import type { Exit } from '../../../ports.ts';
import { asking, notSo, so, tailOf } from '../book.ts';
import type { Hands, Look, Step } from '../book.ts';
import { configPath } from '../install-single/ground.ts';
import { binaryPath } from '../install-single/deliver.ts';
import { hashOf, secretEditStep } from './backup.ts';
import { copyStep } from './copies.ts';
import { disableStep, markerPath, moveStep, snapshotsStep } from './etcd-aside.ts';
import { refused, remedyKind } from './frame.ts';
import type { Looker, RemedyParts } from './frame.ts';
import { lookAtBase } from './look.ts';
import { savedStep } from './saved.ts';
import { startStep } from './service.ts';

interface MemberGround {
  readonly base: Base;
  readonly configHash: string;
  readonly masked: string;
  /** The other nodes of the site this laptop knows. */
  readonly others: readonly { readonly id: NodeId; readonly name: string; readonly address: string }[];
  /** The address the settings join through now. */
  readonly server: string;
  readonly snapshots: number;
}

async function look(looker: Looker, parts: RemedyParts): Promise<MemberGround> {
  const base = await lookAtBase(looker, parts.clock);
  const { node } = looker;
  if (base.role === 'agent')
    throw refused(
      node.name,
      'This node is an agent: it is no member of etcd.',
      'Put the right token in, or restart it.',
    );
  const others = parts.nodes
    .ofSite(node.site)
    .filter(({ id }) => id !== node.id)
    .map(({ id, name, address }) => ({ id, name, address }));
  if (others.length === 0)
    throw refused(
      node.name,
      'This laptop knows no other node of the site, so no healthy server can be asked.',
      'Add a healthy server of the cluster first (node add), then look again.',
    );
  const config = (await looker.read(configPath)) ?? '';
  const found = /^["']?server["']?\s*:\s*["']?(https:[^"'\s]+)/m.exec(config)?.[1];
  const { stdout } = await looker.ask(
    script('ls "$1" 2>/dev/null | wc -l', `${dataFolder}/server/db/snapshots`),
  );
  return {
    base,
    configHash: hashOf(config),
    masked: maskedText(config),
    others,
    server: found ?? `https://${others[0]?.address ?? ''}:6443`,
    snapshots: Number(stdout.trim()) || 0,
  };
}

const fields = ({ others, server }: MemberGround): readonly RemedyField[] => [
  {
    name: 'through',
    label: 'Healthy server',
    says: 'It is asked whether the others have quorum, and there this member is taken out of the cluster.',
    kind: 'choice',
    options: others.map(({ id, name, address }) => ({ value: id, label: `${name} (${address})` })),
    value: others[0]?.id ?? '',
  },
  {
    name: 'server',
    label: 'Address to join through',
    says: 'https://ADDRESS:6443 of a healthy server, as this node reaches it.',
    kind: 'text',
    value: server,
  },
];

/** A command on the healthy server, over a link of its own; shown in this run's terminal. */
async function there(
  parts: RemedyParts,
  hands: Hands,
  other: SiteNode,
  command: Sh,
  again: boolean,
): Promise<Exit> {
  if (!again) hands.show(`on ${other.name}: ${command.text}\n`);
  return await parts.nodes.withLink(other.id, hands.signal, link =>
    link.exec(command, { as: 'root', signal: hands.signal, timeoutMs: 60_000, keepBytes: 2 ** 21 }),
  );
}

const listNodes = sh`${binaryPath} kubectl get nodes -o json`;
const shownThere = (other: SiteNode, command: Sh) => ({
  text: `on ${other.name}, as root: ${command.text}`,
  as: 'laptop' as const,
});

/** The others can do without this member. Throws `refused` when they cannot. */
const quorumStep = (parts: RemedyParts, other: SiteNode, nodeName: string): Step => ({
  id: 'quorum',
  title: 'Ask the healthy server',
  why: 'A member is taken out only while the others have quorum without it.',
  weight: 1,
  changes: false,
  apply: [],
  verify: {
    shows: [shownThere(other, listNodes)],
    look: async (hands, again) => {
      // once this run took it out, the others were asked already and have one member less
      if (hands.didBefore('delete')) return so('the others were asked before this member was taken out');
      const exit = await there(parts, hands, other, listNodes, again);
      const members = membersIn(exit.stdout);
      if (!members)
        throw refused(
          other.name,
          `${other.name} does not answer for the cluster: ${tailOf(exit, 1) || 'it said nothing'}.`,
          'Choose another healthy server. If none answers, quorum is lost: that needs a reset or a restore, not this.',
        );
      const why = noQuorumWithout(members, nodeName);
      if (why !== undefined)
        throw refused(
          other.name,
          `The cluster cannot do without this member: ${why}.`,
          'Bring the other servers back first. If they are gone for good, that needs a reset or a restore, not this.',
        );
      return so(
        `${members.filter(({ ready }) => ready).length} of ${members.length} nodes are ready, and the others have quorum`,
      );
    },
  },
});

function deleteStep(parts: RemedyParts, other: SiteNode, nodeName: string): Step {
  const command = sh`${binaryPath} kubectl delete node ${nodeName} --wait=false`;
  const gone: Look = {
    shows: [shownThere(other, listNodes)],
    look: async (hands, again) => {
      if (hands.didBefore('delete')) return so('this run took it out before');
      const exit = await there(parts, hands, other, listNodes, again);
      const members = membersIn(exit.stdout);
      if (!members) return notSo(tailOf(exit, 1) || 'the healthy server does not answer');
      return members.some(({ name }) => name === nodeName)
        ? notSo(`${nodeName} is still in the cluster`)
        : so(`${nodeName} is not in the cluster any more`);
    },
  };
  return {
    id: 'delete',
    title: 'Take the member out of the cluster',
    why: `${other.name} deletes the node ${nodeName}; K3s takes it out of etcd with that. Its pods go to other nodes.`,
    weight: 2,
    changes: true,
    mayLose: 'Labels and taints given to the node by hand; those of its settings come back.',
    probe: gone,
    apply: [
      {
        is: 'laptop',
        says: `on ${other.name}, as root: ${command.text}`,
        work: async hands => {
          const exit = await there(parts, hands, other, command, true);
          if (exit.code === 0 || /NotFound/.test(exit.stderr)) return tailOf(exit, 1);
          throw new FieldError({
            code: 'step-failed',
            says: `${other.name} did not delete the node: ${tailOf(exit) || 'it said nothing'}.`,
            about: other.name,
            untouched: 'The data of this member are in their place; K3s is stopped here.',
            next: 'Look at the cluster on the healthy server.',
          });
        },
      },
    ],
    verify: { ...gone, patience: { everyMs: 2000, forMs: 120_000, what: 'Leaving the cluster' } },
  };
}

const voterStep = (parts: RemedyParts, other: SiteNode, nodeName: string): Step => {
  const command = sh`${binaryPath} kubectl get node ${nodeName} -o json`;
  return {
    id: 'voter',
    title: 'Wait until it is a member again',
    why: 'It copies the data from the others, learns, and then votes; the next member may be repaired only after that.',
    weight: 20,
    changes: false,
    apply: [],
    verify: {
      shows: [shownThere(other, command)],
      look: async (hands, again) => {
        const exit = await there(parts, hands, other, command, again);
        const node = kubeNode(exit.stdout);
        if (!node) return notSo(tailOf(exit, 1) || 'the others do not know it yet');
        if (!node.etcdVoter) return notSo('it learns, and does not vote yet');
        return node.ready
          ? so(`${node.name} is Ready and votes`)
          : notSo(node.says || 'it votes, and is not ready yet');
      },
      patience: { everyMs: 3000, forMs: 20 * 60_000, what: 'Rejoining' },
    },
  };
};

const enableScript = String.raw`# from now on K3s starts with the machine again
if [ "$2" = systemd ]; then systemctl enable -q "$1" || exit 1; else rc-update add "$1" default || exit 1; fi
rm -f "$3" && sync`;
const enabledScript = String.raw`# does it start with the machine, and is the mark gone?
[ -e "$3" ] && echo marked
if [ "$2" = systemd ]; then systemctl is-enabled "$1" 2>/dev/null; else rc-update show default 2>/dev/null | grep -qw "$1" && echo enabled; fi
exit 0`;

export const enableStep = ({ unit, init }: Base): Step => {
  const enabled = asking('root', script(enabledScript, unit, init, markerPath), ({ stdout }) =>
    stdout.includes('marked')
      ? notSo('the mark is still there')
      : /^enabled$/m.test(stdout)
        ? so('K3s starts with the machine')
        : notSo('K3s does not start with the machine'),
  );
  return {
    id: 'enable',
    title: 'Let K3s start with the machine again',
    why: 'Only now, with the data of the cluster in place, is that safe.',
    weight: 1,
    changes: true,
    probe: enabled,
    apply: [{ is: 'command', as: 'root', command: script(enableScript, unit, init, markerPath) }],
    verify: enabled,
  };
};

/**
 * Once this run has begun to start K3s, what came before is not done again, though nobody saw it start: the data in place
 * are the new ones by then, and K3s would be stopped with nobody to start it.
 */
export const unlessStarted = (step: Step): Step => ({
  ...step,
  probe: {
    shows: step.probe?.shows ?? [],
    look: async (hands, again) => {
      if (hands.changedSince('start', step.id) || hands.didBefore('start') || hands.didBefore('enable'))
        return so('this run went past it before');
      return step.probe ? await step.probe.look(hands, again) : notSo('not done in this run yet');
    },
  },
});

/** The move happens at most once a run, whatever lies there later. */
export const onceOnly = (step: Step): Step => ({
  ...step,
  probe: {
    shows: step.probe?.shows ?? [],
    look: async (hands, again) => {
      if (hands.didBefore(step.id)) return so('the data were moved aside before in this run');
      return step.probe ? await step.probe.look(hands, again) : notSo('not done yet');
    },
  },
});

export const rejoinMember = remedyKind<MemberGround>({
  title: node => `Have ${node.name} rejoin its cluster`,
  says: 'For a server whose data are broken while the others have quorum: it is taken out of the cluster on a healthy server, its data are moved aside, and it joins again with a copy of the others’ data.',
  look,
  fields,
  typedName: true,
  warnings: () => [
    'Local volumes of pods on this node stay on its disk; they are not part of etcd.',
    'The healthy server is reached over a link of its own, so the laptop has to reach both.',
  ],
  steps: (parts, { node, ground, answers, run }) => {
    const { base } = ground;
    const through = ground.others.find(({ id }) => id === answers.text('through'));
    const server = joinAddress(answers.text('server'));
    if (!through || server === undefined)
      throw new FieldError({
        code: 'bad-ask',
        says: 'The address to join through is not of the form https://ADDRESS:6443.',
        about: node.name,
        untouched: 'Nothing was changed on the node.',
        next: 'Give the address of a healthy server as this node reaches it.',
      });
    const other = parts.nodes.get(through.id);
    const hasData = base.db === 'etcd';
    return [
      quorumStep(parts, other, base.nodeName),
      copyStep(parts, node, run),
      snapshotsStep(parts, node, ground.snapshots),
      unlessStarted(disableStep(base, run)),
      ...(hasData
        ? [
            unlessStarted(
              savedStep(
                parts,
                run,
                ['db/etcd', 'tls', 'cred'].map(one => `${dataFolder}/server/${one}`),
              ),
            ),
          ]
        : []),
      deleteStep(parts, other, base.nodeName),
      secretEditStep(
        parts,
        { node, run },
        {
          path: configPath,
          mode: 0o600,
          beforeHash: ground.configHash,
          shown: changedLines(ground.masked, joining(ground.masked, server)),
          done: text => joinsVia(text, server),
          change: text => joining(text, server),
        },
        {
          id: 'config',
          title: 'Have it join, and never found',
          why: 'With cluster-init in its settings and no data it would make a new, empty cluster; so that goes first.',
        },
      ),
      ...(hasData ? [onceOnly(moveStep(base, run))] : []),
      startStep(base, run, 'start', 'It joins the others; it does not start by itself yet.'),
      voterStep(parts, other, base.nodeName),
      enableStep(base),
    ];
  },
  afterFailure:
    'Continue the run. Until it is done K3s does not start by itself here, so nothing can go wrong by a power cut.',
});

import type { RemedyField } from '../../../../../preload/contract/doctor.ts';
import type { SiteNode } from '../../../../../preload/contract/domain.ts';
import { FieldError } from '../../../../../preload/contract/failure.ts';
import type { RunId } from '../../../../../preload/contract/ids.ts';
import { dataFolder } from '../../../../core/runbook/preflight/disk.ts';
import type { Base } from '../../../../core/runbook/remedies/base.ts';
import { joinAddress } from '../../../../core/runbook/remedies/join-config.ts';
import { unreachedAsTyped } from '../../../../core/runbook/restore-many/unreached.ts';
import { onNode } from '../../book.ts';
import type { Step } from '../../book.ts';
import { lockStep } from '../../lock.ts';
import { copyStep } from '../../remedies/copies.ts';
import { disableStep, snapshotsStep } from '../../remedies/etcd-aside.ts';
import { refused } from '../../remedies/frame.ts';
import type { RemedyParts } from '../../remedies/frame.ts';
import { enableStep, unlessStarted } from '../../remedies/rejoin-member.ts';
import { savedStep } from '../../remedies/saved.ts';
import { startStep, worksStep } from '../../remedies/service.ts';
import { tidyMemoryStep } from '../../remedies/tidy.ts';
import type { RestoreOf } from '../frame.ts';
import { agentsLeftStep, agentSteps, podsStep } from './agents.ts';
import { fencedStep } from './fenced.ts';
import type { Other, Standing } from './look.ts';
import { rejoinSteps } from './rejoin.ts';
import { explained, firstServerStep, forgetResetStep, resetStep } from './reset.ts';

/** What was found on the nodes of the site when the plan was made. */
export interface SeveralGround {
  readonly own: Standing;
  readonly others: readonly Other[];
}

type There = Other & { readonly is: 'there' };

const serversAmong = (others: readonly Other[]): readonly There[] =>
  others.filter((one): one is There => one.is === 'there' && one.standing.base.role === 'server');
const agentsAmong = (others: readonly Other[]): readonly There[] =>
  others.filter((one): one is There => one.is === 'there' && one.standing.base.role === 'agent');

/** `overCable`: a node of the site is reached over its console alone. */
export const severalFields = ({ own, others }: SeveralGround, overCable: boolean): readonly RemedyField[] => {
  const silent = others.flatMap(one => (one.is === 'silent' ? [`${one.name}: ${one.says}`] : []));
  const says = silent.length === 0 ? 'Every node of the site answers: leave it empty.' : silent.join(' ');
  const copy: RemedyField = {
    name: 'copy',
    label: 'Copy the old data to the laptop first',
    says: 'Token, settings and snapshots are copied in any case, and the old data stay on each node under another name. Over a cable the data take hours.',
    kind: 'flag',
    value: overCable ? 'no' : 'yes',
  };
  // a server that is alone has nobody to rejoin it, and nobody to be switched off
  if (silent.length === 0 && others.every(one => one.is === 'there' && one.standing.base.role === 'agent'))
    return [copy];
  return [
    {
      name: 'server',
      label: 'Address the others join',
      says: 'https://ADDRESS:6443 of this server, as the other nodes reach it.',
      kind: 'text',
      value: `https://${own.address}:6443`,
    },
    {
      name: 'fenced',
      label: 'Servers that are powered off',
      says: `Go there, switch them off or pull the cable, and type their names. ${says}`,
      kind: 'text',
      value: '',
    },
    {
      name: 'agents',
      label: 'Agents to be restarted later',
      says: `Names of agents that do not answer now; each has to be restarted by hand afterwards. ${says}`,
      kind: 'text',
      value: '',
    },
    copy,
  ];
};

export type SeveralOf = RestoreOf<SeveralGround>;

const badAsk = (about: string, says: string): FieldError =>
  new FieldError({
    code: 'bad-ask',
    says,
    about,
    untouched: 'Nothing was changed on any node.',
    next: 'Servers that do not answer are switched off by hand and their names typed; agents are named as such.',
  });

/** Seconds a node's clock may be away from the laptop's: certificates and leases of the restored cluster are dated by it. */
const mostAway = 600;

/** Throws `refused` for a server whose clock is wrong: K3s compares the times of its files with those in the datastore. */
function requireClock(name: string, { clockAhead }: Base): void {
  if (!(Math.abs(clockAhead) > mostAway)) return;
  const minutes = Math.round(Math.abs(clockAhead) / 60);
  throw refused(
    name,
    `The clock of ${name} is ${minutes} min ${clockAhead > 0 ? 'ahead of' : 'behind'} the laptop’s. K3s compares times when it starts from a snapshot, and certificates would not hold.`,
    'Find out which of the two is right, then set the other (remedy set-clock on the node).',
  );
}

/** Throws where K3s would refuse the reset, or would do harm. */
export function requireResettable(node: SiteNode, { own, others }: SeveralGround): void {
  if (own.base.role === 'agent')
    throw refused(node.name, 'This node is an agent: it has no etcd.', 'Choose a server.');
  if (own.base.db === 'sqlite')
    throw refused(
      node.name,
      'This server keeps its data in SQLite: a reset would make an empty etcd beside it.',
      'Choose the restore for a server on SQLite.',
    );
  requireClock(node.name, own.base);
  for (const one of serversAmong(others)) requireClock(one.name, one.standing.base);
  if (own.joinsByEnvironment)
    throw refused(
      node.name,
      'K3S_URL is set in the service’s environment here, and K3s refuses a reset while it is told to join a server.',
      'Take K3S_URL out of /etc/systemd/system/k3s.service.env, put server: into config.yaml where it is needed, and make a new plan.',
    );
}

/** Copies of another node lie apart from those of the run's own: their names are the same. */
const partsFor = (parts: RemedyParts, node: SiteNode, run: RunId): RemedyParts => ({
  ...parts,
  runs: `${parts.runs}/${run}/${node.name}`,
  strongbox: { keep: (of, name, content) => parts.strongbox.keep(of, `${node.name}-${name}`, content) },
});

const saved = ['db/etcd', 'tls', 'cred'].map(one => `${dataFolder}/server/${one}`);

/** Whatever is still alive goes to the laptop first; then the server is stopped and does not start by itself. */
const safeSteps = (
  parts: RemedyParts,
  node: SiteNode,
  { base, snapshots }: Standing,
  { run, copy }: { readonly run: RunId; readonly copy: boolean },
): Step[] => [
  copyStep(parts, node, run),
  unlessStarted(snapshotsStep(parts, node, snapshots)),
  unlessStarted(disableStep(base, run)),
  ...(copy && base.db === 'etcd' ? [unlessStarted(savedStep(parts, run, saved))] : []),
];

const named = (step: Step, on: SiteNode): Step =>
  onNode(on, { ...step, title: `${step.title} (${on.name})` });

/** A snapshot to restore from. */
export interface FromSnapshot {
  /** They have the snapshot lie on the node. */
  readonly bring: readonly Step[];
  /** Where it lies then. */
  readonly snapshot: string;
  /** Done once K3s works again, before the comparison. */
  readonly started?: readonly Step[];
  /** Compares the cluster with it afterwards; the nodes that were worked on, by their names in the cluster. */
  readonly compare: (worked: readonly string[]) => Step;
  /** They take it away again. */
  readonly clear: readonly Step[];
}

/** The steps of a restore, or, without a snapshot, of a reset that keeps the data of the node itself. */
export function severalSteps(parts: RemedyParts, of: SeveralOf, from?: FromSnapshot): readonly Step[] {
  const { node, ground, answers, run } = of;
  requireResettable(node, ground);
  const servers = serversAmong(ground.others).map(one => ({ ...one, node: parts.nodes.get(one.id) }));
  const server = servers.length === 0 ? '' : joinAddress(answers.text('server'));
  if (server === undefined)
    throw badAsk(node.name, 'The address the others join is not of the form https://ADDRESS:6443.');
  const unreached = unreachedAsTyped(
    ground.others.flatMap(one => (one.is === 'silent' ? [one.name] : [])),
    [node.name, ...ground.others.flatMap(one => (one.is === 'there' ? [one.name] : []))],
    { fenced: answers.text('fenced'), agents: answers.text('agents') },
  );
  if (typeof unreached === 'string') throw badAsk(node.name, unreached);
  const agents = agentsAmong(ground.others).map(one => ({ ...one, node: parts.nodes.get(one.id) }));
  // Names that no node of the site has are servers the laptop never knew: their silence cannot be tried.
  const fenced = parts.nodes.ofSite(node.site).filter(({ name }) => unreached.fenced.includes(name));
  const { own } = ground;
  const how = { run, copy: answers.yes('copy') };
  const reset = { node, standing: own, run, ...(from && { snapshot: from.snapshot }) };
  const all = [...servers, ...agents].map(one => one.node);
  const start = startStep(own.base, run, 'start', 'It does not start by itself yet: first it has to work.');
  return [
    lockStep(run, of.owner, of.whose, of.takeOver),
    ...all.map(other => named(lockStep(run, of.owner, of.whose, of.takeOver), other)),
    ...(fenced.length > 0 ? [fencedStep(parts, fenced)] : []),
    ...safeSteps(parts, node, own, how),
    ...(from?.bring ?? []),
    ...servers.flatMap(one =>
      safeSteps(partsFor(parts, one.node, run), one.node, one.standing, how).map(step =>
        named(step, one.node),
      ),
    ),
    firstServerStep(parts, reset),
    resetStep(reset),
    start,
    explained(worksStep(own.base)),
    enableStep(own.base),
    ...servers.flatMap(one =>
      rejoinSteps(partsFor(parts, one.node, run), { node: one.node, standing: one.standing, server, run }),
    ),
    ...agents.flatMap(one => agentSteps({ node: one.node, base: one.standing.base }, run)),
    agentsLeftStep(
      agents.map(one => one.standing.base.nodeName),
      [own, ...servers.map(one => one.standing)].map(({ base }) => base.nodeName),
    ),
    ...(from?.started ?? []),
    ...(from
      ? [from.compare([own, ...servers.map(one => one.standing)].map(({ base }) => base.nodeName))]
      : []),
    podsStep({ name: node.name, nodeName: own.base.nodeName }),
    forgetResetStep(run),
    ...(from?.clear ?? []),
    ...all.map(other => named(tidyMemoryStep(run), other)),
    tidyMemoryStep(run),
  ];
}

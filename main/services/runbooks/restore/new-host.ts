import type { SnapshotFile } from '../../../../preload/contract/snapshots/file.ts';
import type { RemedyField } from '../../../../preload/contract/doctor.ts';
import { moveStep } from '../remedies/etcd-aside.ts';
import type { Looker, RemedyParts } from '../remedies/frame.ts';
import { onceOnly } from '../remedies/rejoin-member.ts';
import { restoreKind } from './frame.ts';
import type { RestoreOf } from './frame.ts';
import { deleteNodesStep, freshAsideStep } from './new-host-steps.ts';
import { tokenStep } from './raw-db-token.ts';
import { comparedStep } from './inside.ts';
import { requireAlone } from './several/alone.ts';
import { severalSteps } from './several/book.ts';
import type { FromSnapshot, SeveralGround } from './several/book.ts';
import { lookAtSite, severalFieldsAt } from './several/site.ts';
import { lookAtFresh } from './fresh.ts';
import { broughtFrom } from './snapshot-there.ts';
import type { Brought } from './snapshot-there.ts';

interface NewHostGround {
  readonly several: SeveralGround;
  readonly brought: Brought;
  /** First digits of the hash of the token that opens the snapshot. */
  readonly token: string;
  readonly nodeName: string;
}

async function look(
  looker: Looker,
  parts: RemedyParts,
  of: SnapshotFile | undefined,
): Promise<NewHostGround> {
  const several = await lookAtSite(looker, parts);
  requireAlone(looker.node.name, several, 'Switch them off, or restore on one of them (ha).');
  const fresh = await lookAtFresh(looker, parts, of, several.own);
  return { several, ...fresh, nodeName: several.own.base.nodeName };
}

/** Nodes of the snapshot that are not this machine; the old servers are proposed. */
function oldNodes({ brought, nodeName }: NewHostGround): RemedyField | undefined {
  const others = brought.inside.nodes.filter(name => name !== nodeName);
  if (others.length === 0) return undefined;
  return {
    name: 'old',
    label: 'Nodes that are gone for good',
    says: 'They are deleted from the restored cluster, or their pods would wait for them for ever. Agents that live on stay.',
    kind: 'many',
    options: others.map(name => ({
      value: name,
      label: brought.inside.servers.includes(name) ? `${name} (server)` : name,
    })),
    value: others.filter(name => brought.inside.servers.includes(name)).join('\n'),
  };
}

const goneOf = ({ ground, answers }: RestoreOf<NewHostGround>): readonly string[] =>
  oldNodes(ground) ? answers.many('old') : [];

function fromSnapshot(parts: RemedyParts, of: RestoreOf<NewHostGround>): FromSnapshot {
  const { ground, node, run } = of;
  const { brought, several } = ground;
  const { own } = several;
  const from = broughtFrom(parts, run, brought);
  const gone = goneOf(of);
  const inside = { ...brought.inside, nodes: brought.inside.nodes.filter(name => !gone.includes(name)) };
  return {
    ...from,
    bring: [
      ...from.bring,
      tokenStep(parts, { node, run, standing: own }, { hash: ground.token, there: false }),
      freshAsideStep(own.base, run),
      onceOnly(moveStep(own.base, run)),
    ],
    started: gone.length === 0 ? [] : [deleteNodesStep(gone)],
    compare: worked => comparedStep(inside, worked),
  };
}

/** A restore onto a machine that was never in the cluster: K3s was installed there freshly, and has nothing to lose. */
export const newHostRestore = restoreKind<NewHostGround>({
  title: node => `Restore the cluster on the new machine ${node.name}`,
  says: 'For when the old server is gone: this machine, on which K3s was installed freshly, becomes the server of the cluster. The token of the snapshot is put in, the empty cluster is moved aside, the snapshot takes its place, and the old nodes are deleted from it.',
  look,
  fields: (ground, node, parts) => {
    const old = oldNodes(ground);
    return [...(old ? [old] : []), ...severalFieldsAt(ground.several, node, parts)];
  },
  warnings: ({ brought, nodeName }) => [
    'What is in the cluster on this machine now is moved aside: choose a machine that was installed for this.',
    ...(brought.inside.nodes.includes(nodeName)
      ? []
      : [
          `The snapshot knows no node ${nodeName}. Volumes on local disks (local-path) stay bound to the old names; with the old name they would be looked for here.`,
        ]),
    'Data of volumes are not in a snapshot: bring them back by themselves.',
    'Agents look for the address of the old server. Give this machine that address, or change server: on each agent.',
    ...brought.warnings,
  ],
  steps: (parts, of) => severalSteps(parts, { ...of, ground: of.ground.several }, fromSnapshot(parts, of)),
});

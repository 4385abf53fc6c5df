import type { SiteNode } from '../../../../preload/contract/domain.ts';
import type { Step } from '../book.ts';
import { refused } from '../remedies/frame.ts';
import type { Looker, RemedyParts } from '../remedies/frame.ts';
import { requireResettable, severalFields, severalSteps } from './several/book.ts';
import type { SeveralGround, SeveralOf } from './several/book.ts';
import { lookAtOthers, standingOf } from './several/look.ts';

/** Every node of the site, asked at once: how K3s stands there, or why it did not answer. Changes nothing. */
export async function lookAtSite(looker: Looker, parts: RemedyParts): Promise<SeveralGround> {
  const [own, others] = await Promise.all([
    standingOf(looker, parts),
    lookAtOthers(parts, looker.node, looker.signal),
  ]);
  requireResettable(looker.node, { own, others });
  return { own, others };
}

/** Whether a node of the site is reached over its console alone. */
const anyOverCable = (parts: RemedyParts, node: SiteNode): boolean =>
  parts.nodes.ofSite(node.site).some(({ over }) => over === 'serial');

/** A restore of all servers of a site: its snapshot on one, the others come back empty. */
export const haRestore = {
  title: (node: SiteNode): string => `Restore the cluster on ${node.name}, and have its other servers rejoin`,
  says: 'Stops K3s on every server, puts the snapshot back on this one, and has the others rejoin empty, one after the other. Then every agent is restarted. Nothing is deleted: the old data stay under another name.',
  look: lookAtSite,
  fields: (ground: SeveralGround, node: SiteNode, parts: RemedyParts) =>
    severalFields(ground, anyOverCable(parts, node)),
  warnings: (ground: SeveralGround): readonly string[] => [
    'The whole cluster stands still until it is done; pods that run go on meanwhile.',
    'What was written after the snapshot is not in the cluster any more.',
    ...(ground.others.length === 0
      ? ['This laptop knows no other node of the site. Add every server and agent first (node add).']
      : []),
  ],
  /** `bring` has the snapshot lie on the node, at `snapshot`. Throws `bad-ask` or `refused`. */
  steps(
    parts: RemedyParts,
    of: SeveralOf,
    from: { readonly bring: readonly Step[]; readonly snapshot: string },
  ): readonly Step[] {
    const servers = of.ground.others.filter(
      one => one.is === 'silent' || one.standing.base.role === 'server',
    );
    if (servers.length === 0)
      throw refused(
        of.node.name,
        'This laptop knows no other server of the site.',
        'Add the other servers first (node add), or choose the restore of a single server.',
      );
    return severalSteps(parts, of, from);
  },
};

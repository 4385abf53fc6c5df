import type { SiteNode } from '../../../../../preload/contract/domain.ts';
import { notTheBest } from '../../../../core/runbook/restore-many/raft.ts';
import type { Survivor } from '../../../../core/runbook/restore-many/raft.ts';
import { refused } from '../../remedies/frame.ts';
import type { SeveralGround } from './book.ts';

const survivor = (name: string, { place }: { readonly place?: Survivor['place'] }): Survivor => ({
  name,
  place,
});

/**
 * Only the server whose etcd came furthest may become the only one: what the others have beyond it would be lost. Throws
 * `refused` naming the better one, or where there is nothing to keep.
 */
export function requireBestSurvivor(node: SiteNode, { own, others }: SeveralGround): void {
  if (own.base.db !== 'etcd')
    throw refused(
      node.name,
      'There are no data of etcd on this server, so a reset would make an empty cluster.',
      'Choose a server that still has its data, or restore a snapshot.',
    );
  const servers = others.flatMap(one =>
    one.is === 'there' && one.standing.base.role === 'server' ? [survivor(one.name, one.standing)] : [],
  );
  const why = notTheBest(survivor(node.name, own), servers);
  if (why !== undefined)
    throw refused(node.name, `${why}.`, 'Make the plan for the server that came furthest.');
}

/** What to know before: whether the survivors could be compared at all. */
export function survivorWarnings(node: SiteNode, { own, others }: SeveralGround): readonly string[] {
  const unsure = [
    survivor(node.name, own),
    ...others.flatMap(one =>
      one.is === 'there' && one.standing.base.role === 'server' ? [survivor(one.name, one.standing)] : [],
    ),
  ].filter(({ place }) => place?.sure !== true);
  return [
    'Bring the other servers back first, if that is possible at all: with quorum nothing has to be reset.',
    ...(unsure.length === 0
      ? []
      : [
          `etcd does not run on ${unsure.map(({ name }) => name).join(', ')}, so how far it came there is known only roughly. Start K3s there and make the plan anew to be sure.`,
        ]),
  ];
}

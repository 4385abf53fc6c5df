import { refused } from '../remedies/frame.ts';
import { restoreKind } from './frame.ts';
import { severalSteps } from './several/book.ts';
import type { SeveralGround } from './several/book.ts';
import { lookAtSite, severalFieldsAt } from './several/site.ts';
import { lookForSnapshot } from './chosen.ts';
import { broughtFrom } from './snapshot-there.ts';
import type { Brought } from './snapshot-there.ts';

interface HaGround {
  readonly several: SeveralGround;
  readonly brought: Brought;
}

/** A restore of all servers of a site: its snapshot on one, the others come back empty. */
export const haRestore = restoreKind<HaGround>({
  title: node => `Restore the cluster on ${node.name}, and have its other servers rejoin`,
  says: 'Stops K3s on every server, puts the snapshot back on this one, and has the others rejoin empty, one after the other. Then every agent is restarted. Nothing is deleted: the old data stay under another name.',
  async look(looker, parts, of) {
    const several = await lookAtSite(looker, parts);
    return { several, brought: await lookForSnapshot(looker, parts, of, several.own) };
  },
  fields: ({ several }, node, parts) => severalFieldsAt(several, node, parts),
  warnings: ({ several, brought }) => [
    'The whole cluster stands still until it is done; pods that run go on meanwhile.',
    'What was written after the snapshot is not in the cluster any more.',
    ...(several.others.length === 0
      ? ['This laptop knows no other node of the site. Add every server and agent first (node add).']
      : []),
    ...brought.warnings,
  ],
  steps(parts, of) {
    const { several, brought } = of.ground;
    const servers = several.others.filter(one => one.is === 'silent' || one.standing.base.role === 'server');
    if (servers.length === 0)
      throw refused(
        of.node.name,
        'This laptop knows no other server of the site.',
        'Add the other servers first (node add), or choose the restore of a single server.',
      );
    return severalSteps(parts, { ...of, ground: several }, broughtFrom(parts, of.run, brought));
  },
});

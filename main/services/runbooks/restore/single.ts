import { restoreKind } from './frame.ts';
import { requireAlone } from './several/alone.ts';
import { severalSteps } from './several/book.ts';
import type { SeveralGround } from './several/book.ts';
import { lookAtSite, severalFieldsAt } from './several/site.ts';
import { lookForSnapshot } from './chosen.ts';
import { broughtFrom } from './snapshot-there.ts';
import type { Brought } from './snapshot-there.ts';

interface SingleGround {
  readonly several: SeveralGround;
  readonly brought: Brought;
}

/** A restore of a server that was alone: its snapshot back onto it. Agents are restarted. */
export const singleRestore = restoreKind<SingleGround>({
  title: node => `Restore the cluster on ${node.name}`,
  says: 'Stops K3s, puts the snapshot in the place of the data, starts K3s and compares the cluster with the snapshot. Then every agent is restarted. Nothing is deleted: the old data stay under another name.',
  async look(looker, parts, of) {
    const several = await lookAtSite(looker, parts);
    requireAlone(
      looker.node.name,
      several,
      'Choose the restore of several servers (ha): it has the others rejoin.',
    );
    return { several, brought: await lookForSnapshot(looker, parts, of, several.own) };
  },
  fields: ({ several }, node, parts) => severalFieldsAt(several, node, parts),
  warnings: ({ brought }) => [
    'The API stands still until it is done; pods that run go on meanwhile.',
    'What was written after the snapshot is not in the cluster any more.',
    ...brought.warnings,
  ],
  steps: (parts, of) =>
    severalSteps(parts, { ...of, ground: of.ground.several }, broughtFrom(parts, of.run, of.ground.brought)),
});

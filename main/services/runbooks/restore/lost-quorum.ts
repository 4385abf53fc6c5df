import { restoreKind } from './frame.ts';
import { severalSteps } from './several/book.ts';
import type { SeveralGround } from './several/book.ts';
import { lookAtSite, severalFieldsAt } from './several/site.ts';
import { requireBestSurvivor, survivorWarnings } from './several/survivor.ts';

/** The way back when most servers are gone for good: the best survivor goes on with the data it has. */
export const lostQuorum = restoreKind<SeveralGround>({
  title: node => `Let ${node.name} go on alone after lost quorum`,
  says: 'For when most servers are gone for good and no snapshot is wanted: etcd on this server becomes its only member, with all it has. Servers that still answer rejoin empty; every agent is restarted.',
  async look(looker, parts) {
    const ground = await lookAtSite(looker, parts);
    requireBestSurvivor(looker.node, ground);
    return ground;
  },
  fields: (ground, node, parts) => severalFieldsAt(ground, node, parts),
  warnings: (ground, node) => survivorWarnings(node, ground),
  steps: (parts, of) => severalSteps(parts, of),
});

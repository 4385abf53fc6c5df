import type { SiteNode } from '../../../../preload/contract/domain.ts';
import type { Step } from '../book.ts';
import type { Looker, RemedyParts } from '../remedies/frame.ts';
import { haRestore, lookAtSite } from './ha.ts';
import { severalSteps } from './several/book.ts';
import type { SeveralGround, SeveralOf } from './several/book.ts';
import { requireBestSurvivor, survivorWarnings } from './several/survivor.ts';

/** The way back when most servers are gone for good: the best survivor goes on with the data it has. */
export const lostQuorum = {
  title: (node: SiteNode): string => `Let ${node.name} go on alone after lost quorum`,
  says: 'For when most servers are gone for good and no snapshot is wanted: etcd on this server becomes its only member, with all it has. Servers that still answer rejoin empty; every agent is restarted.',
  async look(looker: Looker, parts: RemedyParts): Promise<SeveralGround> {
    const ground = await lookAtSite(looker, parts);
    requireBestSurvivor(looker.node, ground);
    return ground;
  },
  fields: haRestore.fields,
  warnings: (ground: SeveralGround, node: SiteNode): readonly string[] => survivorWarnings(node, ground),
  /** Throws `bad-ask` or `refused`. */
  steps: (parts: RemedyParts, of: SeveralOf): readonly Step[] => severalSteps(parts, of, { bring: [] }),
};

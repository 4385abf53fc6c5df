import type { RemedyField } from '../../../../../preload/contract/doctor.ts';
import type { SiteNode } from '../../../../../preload/contract/domain.ts';
import type { Looker, RemedyParts } from '../../remedies/frame.ts';
import { requireResettable, severalFields } from './book.ts';
import type { SeveralGround } from './book.ts';
import { lookAtOthers, standingOf } from './look.ts';
import type { Standing } from './look.ts';

/** Every node of the site, asked at once: how K3s stands there, or why it did not answer. Changes nothing. */
export async function lookAtSite(looker: Looker, parts: RemedyParts): Promise<SeveralGround> {
  const [own, others] = await Promise.all([
    standingOf(looker, parts),
    lookAtOthers(parts, looker.node, looker.signal),
  ]);
  requireResettable(looker.node, { own, others });
  return { own, others };
}

/** This node alone; no other one is asked. Changes nothing. */
export async function lookAtOne(looker: Looker, parts: RemedyParts): Promise<Standing> {
  const own = await standingOf(looker, parts);
  requireResettable(looker.node, { own, others: [] });
  return own;
}

/** Whether a node of the site is reached over its console alone. */
const anyOverCable = (parts: RemedyParts, node: SiteNode): boolean =>
  parts.nodes.ofSite(node.site).some(({ over }) => over === 'serial');

export const severalFieldsAt = (
  ground: SeveralGround,
  node: SiteNode,
  parts: RemedyParts,
): readonly RemedyField[] => severalFields(ground, anyOverCable(parts, node));

import { failureOf, FieldError } from '../../../../../preload/contract/failure.ts';
import type { RemedyParts } from '../../remedies/frame.ts';
import type { SiteNode } from '../../../../../preload/contract/domain.ts';
import { notSo, so } from '../../book.ts';
import type { Step } from '../../book.ts';

/** So long a node that was powered off has to stay silent. */
const silenceMs = 12_000;

const isSilent = async (parts: RemedyParts, node: SiteNode, signal: AbortSignal): Promise<boolean> => {
  const limit = AbortSignal.timeout(silenceMs);
  try {
    await parts.nodes.withLink(node.id, AbortSignal.any([signal, limit]), async () => Promise.resolve());
    return false;
  } catch (thrown) {
    signal.throwIfAborted();
    return limit.aborted || ['unreachable', 'link-lost', 'timed-out'].includes(failureOf(thrown).code);
  }
};

/**
 * Servers that did not answer are off, because somebody switched them off and typed their names. One that answers now is
 * not off: with the old data it would be a second cluster.
 */
export const fencedStep = (parts: RemedyParts, fenced: readonly SiteNode[]): Step => ({
  id: 'fenced',
  title: `Make sure that ${fenced.map(({ name }) => name).join(', ')} ${fenced.length === 1 ? 'is' : 'are'} off`,
  why: 'A server that runs on with the old data is a second cluster. It was powered off by hand, and its name was typed for that.',
  weight: 2,
  changes: false,
  apply: [],
  verify: {
    shows: fenced.map(({ name, address }) => ({
      text: `does ${name} (${address}) stay silent?`,
      as: 'laptop' as const,
    })),
    look: async hands => {
      for (const node of fenced) {
        if (await isSilent(parts, node, hands.signal)) continue;
        throw new FieldError({
          code: 'refused',
          says: `${node.name} answers: it is not powered off.`,
          about: node.name,
          untouched: 'Nothing was reset.',
          next: `Make a new plan now that ${node.name} can be reached, or switch it off and continue.`,
        });
      }
      return fenced.length === 0
        ? notSo('no server was named')
        : so(
            `${fenced.map(({ name }) => name).join(', ')} ${fenced.length === 1 ? 'does' : 'do'} not answer, as the technician said`,
          );
    },
  },
});

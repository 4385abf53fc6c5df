import type { SiteNode } from '../../../preload/contract/domain.ts';
import type { Failure, FailureCode } from '../../../preload/contract/failure.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';

const noAnswer: ReadonlySet<FailureCode> = new Set(['unreachable', 'link-lost']);

/** Whether a failure is that of a node that does not answer. */
export const saysNoAnswer = (failure: Failure): boolean => noAnswer.has(failure.code);

const words = (text: string): readonly string[] => text.split(/[\s()[\],;“”"]+/);

/** The node a failure names, by its name or its address; nothing when it names none, or more than one. */
export function nodeAbout(nodes: readonly SiteNode[], failure: Failure): NodeId | undefined {
  const said = new Set(words(failure.about ?? ''));
  const named = nodes.filter(
    ({ name, address, port }) => said.has(name) || said.has(address) || said.has(`${address}:${port}`),
  );
  return named.length === 1 ? named[0]?.id : undefined;
}

import type { SiteNode } from '../../../preload/contract/domain.ts';
import type { Failure, FailureCode } from '../../../preload/contract/failure.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';

const noAnswer: ReadonlySet<FailureCode> = new Set(['unreachable', 'link-lost']);

/** Whether a failure is that of a node that does not answer. */
export const saysNoAnswer = (failure: Failure): boolean => noAnswer.has(failure.code);

const words = (text: string): readonly string[] => text.split(/[\s()[\],;“”"]+/);

const only = (nodes: readonly SiteNode[]): NodeId | undefined =>
  nodes.length === 1 ? nodes[0]?.id : undefined;

/** The node a failure names, by its name, else by its address; nothing when it names none, or more than one. */
export function nodeAbout(nodes: readonly SiteNode[], failure: Failure): NodeId | undefined {
  const said = new Set(words(failure.about ?? ''));
  const named = nodes.filter(({ name }) => said.has(name));
  if (named.length > 0) return only(named);
  return only(nodes.filter(({ address, port }) => said.has(address) || said.has(`${address}:${port}`)));
}

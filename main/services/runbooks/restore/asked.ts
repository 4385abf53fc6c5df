import type { RunbookAsk } from '../../../../preload/contract/contract.ts';
import type { SiteNode } from '../../../../preload/contract/domain.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import type { OfferedRestore, RestoreForm } from '../../../../preload/contract/snapshots/restore.ts';
import { answersTo } from '../../../core/runbook/remedies/answers.ts';
import type { Link } from '../../../ports.ts';
import type { Book } from '../book.ts';
import type { RemedyParts } from '../remedies/frame.ts';
import { lookerOn } from '../remedies/look.ts';
import { givesBack } from '../remedies/tidy.ts';
import { restoreOf } from './all.ts';
import type { RestoreOf } from './frame.ts';

export type RestoreAsk = RunbookAsk & { readonly is: 'restore' };

/** Looks at the site for a restore, changes nothing. Throws `refused` where it could not work. */
export const restoreGround = async (
  parts: RemedyParts,
  link: Link,
  node: SiteNode,
  { kind, of }: Pick<RestoreAsk, 'kind' | 'of'>,
  signal: AbortSignal,
): Promise<unknown> => restoreOf(kind).look(await lookerOn(link, node, signal), parts, of);

export const restoreForm = (
  parts: RemedyParts,
  kind: OfferedRestore,
  ground: unknown,
  node: SiteNode,
): RestoreForm => ({
  kind,
  title: restoreOf(kind).title(node),
  says: restoreOf(kind).says,
  fields: restoreOf(kind).fields(ground, node, parts),
  typedName: true,
});

/** A restore replaces the state of the whole cluster. Throws `consent-needed` when the name was not typed. */
export function restoreConsent(node: SiteNode, typed: string): void {
  if (typed.trim() === node.name) return;
  throw new FieldError({
    code: 'consent-needed',
    says: `A restore replaces the state of the whole cluster; before it begins, the name of the node has to be typed: ${node.name}.`,
    about: node.name,
    untouched: 'Nothing was changed on any node.',
    next: 'Type the name exactly, then begin.',
  });
}

/** A restore as a book. The same ask and ground always give the same one. */
export function restoreBook(
  parts: RemedyParts,
  { kind, choices }: Pick<RestoreAsk, 'kind' | 'choices'>,
  of: Omit<RestoreOf<unknown>, 'answers'>,
): Book {
  const { node, ground, run } = of;
  const restore = restoreOf(kind);
  const answers = answersTo(restore.fields(ground, node, parts), choices);
  return {
    title: restore.title(node),
    warnings: [...restore.warnings(ground, node), `The name ${node.name} must be typed before it begins.`],
    steps: restore.steps(parts, { ...of, answers }),
    afterFailure:
      'Continue the run. Until a server is done K3s does not start by itself there, so a power cut makes no empty cluster.',
    release: givesBack(run),
  };
}

import type { Remedy, RemedyChoice, RemedyForm } from '../../../../preload/contract/doctor.ts';
import type { SiteNode } from '../../../../preload/contract/domain.ts';
import type { RunId } from '../../../../preload/contract/ids.ts';
import { answersTo } from '../../../core/runbook/remedies/answers.ts';
import type { Link } from '../../../ports.ts';
import type { Book } from '../book.ts';
import { lockStep } from '../lock.ts';
import type { Whose } from '../lock.ts';
import { kindOf } from './all.ts';
import { formOf, nameTypedFor } from './frame.ts';
import type { RemedyParts } from './frame.ts';
import { lookerOn } from './look.ts';
import { givesBack, tidyMemoryStep } from './tidy.ts';

export interface RemedyAsk {
  readonly remedy: Remedy;
  readonly choices: readonly RemedyChoice[];
}

/** Looks at the node for a remedy. Throws `refused` where it does not fit. */
export const remedyGround = async (
  parts: RemedyParts,
  link: Link,
  node: SiteNode,
  remedy: Remedy,
  signal: AbortSignal,
): Promise<unknown> => kindOf(remedy).look(await lookerOn(link, node, signal), parts);

export const remedyForm = (remedy: Remedy, ground: unknown, node: SiteNode): RemedyForm =>
  formOf(remedy, kindOf(remedy), ground, node);

/** Throws `consent-needed` when the node's name had to be typed and was not. */
export function remedyConsent(remedy: Remedy, node: SiteNode, typed: string): void {
  nameTypedFor(kindOf(remedy), node, typed);
}

/** A remedy as a book: the lock, its own steps, the tidying. */
export function remedyBook(
  parts: RemedyParts,
  { remedy, choices }: RemedyAsk,
  of: {
    readonly node: SiteNode;
    readonly ground: unknown;
    readonly run: RunId;
    readonly owner: string;
    readonly whose: Whose;
    readonly takeOver: string | undefined;
  },
): Book {
  const { node, ground, run } = of;
  const kind = kindOf(remedy);
  const answers = answersTo(kind.fields?.(ground, node) ?? [], choices);
  const mine = { node, ground, answers, run };
  return {
    title: kind.title(node),
    warnings: [
      ...(kind.warnings?.(mine) ?? []),
      ...(kind.typedName === true ? [`The name ${node.name} must be typed before it begins.`] : []),
    ],
    steps: [lockStep(run, of.owner, of.whose, of.takeOver), ...kind.steps(parts, mine), tidyMemoryStep(run)],
    afterFailure: kind.afterFailure ?? 'Continue the run to finish it.',
    release: givesBack(run),
  };
}

import type { RunbookAsk } from '../../../../preload/contract/contract.ts';
import type { SiteNode } from '../../../../preload/contract/domain.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import type { RunId } from '../../../../preload/contract/ids.ts';
import type { SnapshotFile } from '../../../../preload/contract/snapshots/file.ts';
import type { OfferedRestore, RestoreForm } from '../../../../preload/contract/snapshots/restore.ts';
import { answersTo } from '../../../core/runbook/remedies/answers.ts';
import type { Link } from '../../../ports.ts';
import type { Book, Step } from '../book.ts';
import { unlock } from '../lock.ts';
import type { Whose } from '../lock.ts';
import type { RemedyParts } from '../remedies/frame.ts';
import { lookerOn } from '../remedies/look.ts';
import { tidyMemory } from '../remedies/tidy.ts';
import { haRestore, lookAtSite } from './ha.ts';
import { lostQuorum } from './lost-quorum.ts';
import type { SeveralGround, SeveralOf } from './several/book.ts';
import { bringStep, broughtTo, clearStep, copyMeant, lookForSnapshot } from './snapshot-there.ts';
import type { Brought } from './snapshot-there.ts';

export type RestoreAsk = RunbookAsk & { readonly is: 'restore' };

/** What was found on the nodes of the site, and the snapshot where the kind has one. Kept in the journal. */
export interface RestoreGround {
  readonly several: SeveralGround;
  readonly brought?: Brought;
}

const kindOf = (kind: OfferedRestore): typeof haRestore | typeof lostQuorum =>
  kind === 'ha' ? haRestore : lostQuorum;

/** Looks at every node of the site, changes nothing. Throws `refused` where it could not work. */
export async function restoreGround(
  parts: RemedyParts,
  link: Link,
  node: SiteNode,
  { kind, of }: { readonly kind: OfferedRestore; readonly of?: SnapshotFile | undefined },
  signal: AbortSignal,
): Promise<RestoreGround> {
  const looker = await lookerOn(link, node, signal);
  if (kind === 'lost-quorum') return { several: await lostQuorum.look(looker, parts) };
  copyMeant(parts, node, of);
  const several = await lookAtSite(looker, parts);
  return { several, brought: await lookForSnapshot(looker, parts, of, several.own.base.version) };
}

export const restoreForm = (
  parts: RemedyParts,
  kind: OfferedRestore,
  ground: RestoreGround,
  node: SiteNode,
): RestoreForm => ({
  kind,
  title: kindOf(kind).title(node),
  says: kindOf(kind).says,
  fields: kindOf(kind).fields(ground.several, node, parts),
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

const stepsOf = (
  parts: RemedyParts,
  kind: OfferedRestore,
  of: SeveralOf,
  brought: Brought | undefined,
): readonly Step[] => {
  if (kind === 'lost-quorum' || !brought) return lostQuorum.steps(parts, of);
  const steps = haRestore.steps(parts, of, { bring: [bringStep(brought)], snapshot: broughtTo(brought) });
  // before the node is left clean, which is the last of all
  return [...steps.slice(0, -1), clearStep(brought), ...steps.slice(-1)];
};

/** A restore as a book. The same ask and ground always give the same one. */
export function restoreBook(
  parts: RemedyParts,
  { kind, choices }: Pick<RestoreAsk, 'kind' | 'choices'>,
  of: {
    readonly node: SiteNode;
    readonly ground: RestoreGround;
    readonly run: RunId;
    readonly owner: string;
    readonly whose: Whose;
    readonly takeOver: string | undefined;
  },
): Book {
  const { node, ground, run } = of;
  const { several, brought } = ground;
  const answers = answersTo(kindOf(kind).fields(several, node, parts), choices);
  return {
    title: kindOf(kind).title(node),
    warnings: [
      ...kindOf(kind).warnings(several, node),
      ...(brought?.warnings ?? []),
      `The name ${node.name} must be typed before it begins.`,
    ],
    steps: stepsOf(parts, kind, { ...of, ground: several, answers }, brought),
    afterFailure:
      'Continue the run. Until a server is done K3s does not start by itself there, so a power cut makes no empty cluster.',
    release: async (hands, why) => {
      await hands.exec(why === 'cancelled' ? tidyMemory(run) : unlock(run), {
        as: 'root',
        timeoutMs: 15_000,
      });
    },
  };
}

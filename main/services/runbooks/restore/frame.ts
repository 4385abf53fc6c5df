import type { RemedyField } from '../../../../preload/contract/doctor.ts';
import type { SiteNode } from '../../../../preload/contract/domain.ts';
import type { RunId } from '../../../../preload/contract/ids.ts';
import type { SnapshotFile } from '../../../../preload/contract/snapshots/file.ts';
import type { Answers } from '../../../core/runbook/remedies/answers.ts';
import type { Step } from '../book.ts';
import type { Whose } from '../lock.ts';
import type { Looker, RemedyParts } from '../remedies/frame.ts';

/** One restore on one node, with what was found at the site and what was chosen. */
export interface RestoreOf<G> {
  readonly node: SiteNode;
  readonly ground: G;
  readonly answers: Answers;
  readonly run: RunId;
  readonly owner: string;
  readonly whose: Whose;
  readonly takeOver: string | undefined;
}

/** One way back. The same ground and answers always give the same steps, from the lock to the tidying. */
export interface RestoreKindBook<G> {
  title(node: SiteNode): string;
  /** What it does, in a sentence or two. */
  readonly says: string;
  /**
   * Looks at every node it would work on, changes nothing. Without secrets: it is kept in the journal. Throws `refused`
   * or `no-proven-copy` where it could not work.
   */
  look(looker: Looker, parts: RemedyParts, of: SnapshotFile | undefined): Promise<G>;
  fields(ground: G, node: SiteNode, parts: RemedyParts): readonly RemedyField[];
  warnings(ground: G, node: SiteNode): readonly string[];
  /** Throws `bad-ask` or `refused` for answers that would not do. */
  steps(parts: RemedyParts, of: RestoreOf<G>): readonly Step[];
}

/** A way back whose ground only itself understands. */
export type AnyRestore = RestoreKindBook<unknown>;
/** Puts a way back among the others: its ground comes back to it as it gave it. */
export const restoreKind = <G>(kind: RestoreKindBook<G>): AnyRestore => kind;

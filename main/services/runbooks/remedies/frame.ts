import type { Remedy, RemedyField, RemedyForm } from '../../../../preload/contract/doctor.ts';
import type { SiteNode } from '../../../../preload/contract/domain.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import type { RunId } from '../../../../preload/contract/ids.ts';
import type { Answers } from '../../../core/runbook/remedies/answers.ts';
import type { Sh } from '../../../core/sh.ts';
import type { Chance, Clock, Exit, ExecOptions, Files, Link, Work } from '../../../ports.ts';
import type { Bundles } from '../../bundles/bundles.ts';
import type { Step } from '../book.ts';
import type { CopyParts } from '../remove-k3s/copies.ts';

/** What the remedies need of the rest. */
export interface RemedyParts extends CopyParts {
  readonly bundles: Bundles;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly files: Files;
  /** Where large snapshots are spilled to while they are read. */
  readonly scratch: string;
  readonly work: Pick<Work, 'look' | 'measureSnapshot' | 'measureKine' | 'unpackSnapshot'>;
  /** The folder of the runs on the laptop. */
  readonly runs: string;
  /** Days between two supply runs. */
  readonly supplyRunDays: () => number;
}

/** What a remedy looks with before there is a run. It changes nothing. */
export interface Looker {
  readonly link: Link;
  readonly node: SiteNode;
  readonly signal: AbortSignal;
  /** As root, unless told otherwise. */
  ask(command: Sh, more?: Pick<ExecOptions, 'timeoutMs' | 'keepBytes' | 'as'>): Promise<Exit>;
  /** A text file as root; undefined when it is not there. May hold secrets: it never leaves this process. */
  read(path: string): Promise<string | undefined>;
}

/** One remedy on one node, with what was found there and what was chosen. */
export interface Of<G> {
  readonly node: SiteNode;
  readonly ground: G;
  readonly answers: Answers;
  readonly run: RunId;
}

/**
 * One remedy. The same ground and answers always give the same steps; the lock before them and the tidying after them are
 * the frame's.
 */
export interface RemedyKind<G> {
  title(node: SiteNode): string;
  /** What it does, in a sentence or two. */
  readonly says: string;
  /** Looks, changes nothing. Without secrets: it is kept in the journal. Throws `refused` where the remedy does not fit. */
  look(looker: Looker, parts: RemedyParts): Promise<G>;
  fields?(ground: G, node: SiteNode): readonly RemedyField[];
  /** True where it may lose something: then the node's name is typed before it begins. */
  readonly typedName?: boolean;
  warnings?(of: Of<G>): readonly string[];
  /** Throws `bad-ask` or `refused` for answers that would not do. */
  steps(parts: RemedyParts, of: Of<G>): readonly Step[];
  /** What to do after a failure. */
  readonly afterFailure?: string;
}

/** A remedy whose ground only itself understands. */
export type AnyRemedy = RemedyKind<unknown>;
/** Puts a remedy among the others: its ground comes back to it as it gave it. */
export const remedyKind = <G>(kind: RemedyKind<G>): AnyRemedy => kind;

export const formOf = (remedy: Remedy, kind: AnyRemedy, ground: unknown, node: SiteNode): RemedyForm => ({
  remedy,
  title: kind.title(node),
  says: kind.says,
  fields: kind.fields?.(ground, node) ?? [],
  typedName: kind.typedName ?? false,
});

/** A remedy that does not fit this node. */
export const refused = (about: string, says: string, next: string): FieldError =>
  new FieldError({ code: 'refused', says, about, untouched: 'Nothing was changed on the node.', next });

/** The kernel closed this disk after an error: nothing may be written to it. `error` is the kernel's line. */
export const failingDisk = (about: string, error: string): FieldError =>
  refused(
    about,
    `The disk is read-only because it fails: ${error.slice(0, 200)}. Nothing may be written to it.`,
    'Save what is on it first (read-off-card), then replace it.',
  );

/** A remedy that may lose something begins only with the node's name typed out. Throws `consent-needed`. */
export function nameTypedFor(kind: AnyRemedy, node: SiteNode, typed: string): void {
  if (kind.typedName !== true || typed.trim() === node.name) return;
  throw new FieldError({
    code: 'consent-needed',
    says: `This remedy may lose something; before it begins, the name of the node has to be typed: ${node.name}.`,
    about: node.name,
    untouched: 'Nothing was changed on the node.',
    next: 'Type the name exactly, then begin.',
  });
}

import type { SiteNode } from '../../../../preload/contract/domain.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import type { SnapshotFile } from '../../../../preload/contract/snapshots/file.ts';
import { tokenHash } from '../../../core/server-token.ts';
import type { MeasuredKine } from '../../../ports.ts';
import type { Step } from '../book.ts';
import { lockStep } from '../lock.ts';
import { copyStep } from '../remedies/copies.ts';
import { disableStep } from '../remedies/etcd-aside.ts';
import { refused } from '../remedies/frame.ts';
import type { Looker, RemedyParts } from '../remedies/frame.ts';
import { enableStep, unlessStarted } from '../remedies/rejoin-member.ts';
import { startStep, worksStep } from '../remedies/service.ts';
import { tidyMemoryStep } from '../remedies/tidy.ts';
import { restoreKind } from './frame.ts';
import { comparedStep } from './inside.ts';
import { freshAsideStep } from './new-host-steps.ts';
import { tokensAtHand, tokenStep } from './raw-db-token.ts';
import type { OpeningToken } from './raw-db-token.ts';
import { standingOf } from './several/look.ts';
import type { Standing } from './several/look.ts';
import { explained } from './several/reset.ts';
import { requirePlace } from './snapshot-there.ts';
import { asideSqliteStep, bringSqliteStep, stageGoneStep } from './sqlite-steps.ts';

interface SqliteGround {
  readonly own: Standing;
  readonly kine: Pick<MeasuredKine, 'files' | 'inside'>;
  readonly login: { readonly uid: number; readonly gid: number };
  readonly token: OpeningToken;
  readonly warnings: readonly string[];
}

/** Throws `refused` when no file was named. */
function fileMeant(node: SiteNode, of: SnapshotFile | undefined): string {
  if (of?.is === 'file') return of.path;
  throw refused(
    node.name,
    'This way back begins from a copy of state.db, and none was named.',
    'Name the file on this laptop, with state.db-wal and the token beside it where they were copied too.',
  );
}

function requireSqlite(node: SiteNode, { base }: Standing): void {
  if (base.role === 'agent')
    throw refused(node.name, 'This node is an agent: it has no datastore.', 'Choose the server.');
  if (base.db === 'etcd')
    throw refused(
      node.name,
      'This server keeps its data in etcd; K3s would not look at a file of SQLite.',
      'Restore a snapshot here (single). To go back to SQLite, install K3s without cluster-init first.',
    );
}

async function look(looker: Looker, parts: RemedyParts, of: SnapshotFile | undefined): Promise<SqliteGround> {
  const { node, signal } = looker;
  const path = fileMeant(node, of);
  const own = await standingOf(looker, parts);
  requireSqlite(node, own);
  const { candidates, onNode } = await tokensAtHand(looker, parts, path);
  const { files, inside, opens, locked } = await parts.work.measureKine(
    path,
    candidates.map(({ secret }) => secret),
    { scratch: parts.scratch, signal },
  );
  const opening = opens === undefined ? undefined : candidates[opens];
  if (!opening)
    throw new FieldError({
      code: 'check-failed',
      says: `No server token at hand opens this database. ${locked ?? ''}`.trim(),
      about: path,
      untouched: 'Nothing was changed on the node, and the file was only read.',
      next: 'Put the token of that time into a file named token beside it, or into the vault.',
    });
  const hash = tokenHash(opening.secret);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const place = await requirePlace(looker, { bytes, k3sVersion: inside.k3sVersion }, own);
  return {
    own,
    kine: { files, inside },
    ...place,
    token: { hash, there: hash === onNode, ...(opening.path !== undefined && { path: opening.path }) },
  };
}

/** A server on SQLite: its database file and its token back. No command of K3s is involved. */
export const sqliteRestore = restoreKind<SqliteGround>({
  title: node => `Restore the SQLite database of ${node.name}`,
  says: 'Stops K3s, moves its database aside, puts the copy of state.db in its place, starts K3s and compares the cluster with what is in the copy. Nothing is deleted.',
  look,
  fields: () => [],
  warnings: ({ kine, warnings }) => [
    'Nobody recorded the hash of this copy, so only its structure and its token speak for it.',
    ...(kine.files.length === 1
      ? [
          'No state.db-wal lies beside it: what K3s wrote last before the copy may not be in it, unless K3s was stopped for it.',
        ]
      : []),
    'What was written after the copy is not in the cluster any more.',
    ...warnings,
  ],
  steps(parts, { node, ground, run, owner, whose, takeOver }): readonly Step[] {
    const { own, kine, login, token } = ground;
    const { base } = own;
    return [
      lockStep(run, owner, whose, takeOver),
      copyStep(parts, node, run),
      unlessStarted(disableStep(base, run)),
      unlessStarted(asideSqliteStep(base, run)),
      ...kine.files.map(file => unlessStarted(bringSqliteStep(file, login))),
      ...(token.there
        ? []
        : [tokenStep(parts, { node, run, standing: own }, token), freshAsideStep(base, run)]),
      startStep(base, run, 'start', 'It does not start by itself yet: first it has to work.'),
      explained(worksStep(base)),
      enableStep(base),
      comparedStep(kine.inside, [base.nodeName]),
      stageGoneStep,
      tidyMemoryStep(run),
    ];
  },
});

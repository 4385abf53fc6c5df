import type { SiteNode } from '../../../../preload/contract/domain.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import type { SnapshotFile } from '../../../../preload/contract/snapshots/file.ts';
import { rawDbIn } from '../../../core/runbook/restore/raw-db.ts';
import type { RawDb } from '../../../core/runbook/restore/raw-db.ts';
import { tokenHash } from '../../../core/server-token.ts';
import { moveStep } from '../remedies/etcd-aside.ts';
import { refused } from '../remedies/frame.ts';
import type { Looker, RemedyParts } from '../remedies/frame.ts';
import { onceOnly } from '../remedies/rejoin-member.ts';
import { restoreKind } from './frame.ts';
import { requireRoomHere, sealedPath, sealStep, weighed } from './raw-db-file.ts';
import type { RawFile } from './raw-db-file.ts';
import { tokensAtHand, tokenStep } from './raw-db-token.ts';
import type { OpeningToken } from './raw-db-token.ts';
import { requireAlone } from './several/alone.ts';
import { severalSteps } from './several/book.ts';
import type { SeveralGround } from './several/book.ts';
import { lookAtSite, severalFieldsAt } from './several/site.ts';
import { broughtFrom, lookForRoom } from './snapshot-there.ts';
import type { Brought } from './snapshot-there.ts';

interface RawGround {
  readonly several: SeveralGround;
  readonly raw: RawFile;
  readonly token: OpeningToken;
  readonly brought: Brought;
}

const unfit = (about: string, says: string, next: string): FieldError =>
  new FieldError({
    code: 'check-failed',
    says,
    about,
    untouched: 'Nothing was changed on any node, and the file was only read.',
    next,
  });

/** Throws `refused` when no file was named. */
function fileMeant(node: SiteNode, of: SnapshotFile | undefined): string {
  if (of?.is === 'file') return of.path;
  throw refused(
    node.name,
    'This way back begins from a raw database, and none was named.',
    'Copy member/snap/db off the dead disk onto this laptop, and name that file. A snapshot of the catalogue has its own way back (single or ha).',
  );
}

/** With another server that answers there is a better way than a copy of a dead disk. */
const betterWay =
  'It may have newer data. Where one of them still has its data, let it go on alone (lost-quorum). Otherwise switch them off, and make a new plan; they rejoin afterwards.';

interface Judged {
  readonly sound: RawDb & { readonly is: 'sound' };
  readonly token: OpeningToken;
}

/** Reads the whole file and tries every token at hand. Throws `check-failed` for what would not do. */
async function judged(looker: Looker, parts: RemedyParts, path: string): Promise<Judged> {
  const { candidates, onNode } = await tokensAtHand(looker, parts, path);
  const measured = await parts.work.measureSnapshot(
    path,
    candidates.map(({ secret }) => secret),
    { given: false, scratch: parts.scratch, signal: looker.signal },
  );
  const found = rawDbIn(measured);
  if (found.is === 'unfit') throw unfit(path, found.says, found.next);
  const opening = candidates[found.which];
  if (!opening) throw new Error('the database was opened by no token that was tried');
  const hash = tokenHash(opening.secret);
  return {
    sound: found,
    token: { hash, there: hash === onNode, ...(opening.path !== undefined && { path: opening.path }) },
  };
}

async function look(looker: Looker, parts: RemedyParts, of: SnapshotFile | undefined): Promise<RawGround> {
  const { node, signal } = looker;
  const path = fileMeant(node, of);
  const several = await lookAtSite(looker, parts);
  requireAlone(node.name, several, betterWay);
  const { sound, token } = await judged(looker, parts, path);
  const raw = await weighed(parts.files, path, signal);
  await requireRoomHere(parts, raw.bytes);
  const copy = {
    name: `raw-db-${raw.sealed.slice(0, 8)}`,
    path,
    bytes: raw.bytes + 32,
    sha256: raw.sealed,
    savedAt: '',
    k3sVersion: sound.k3sVersion ?? '',
  };
  const brought = await lookForRoom(looker, parts, copy, several.own);
  return { several, raw, token, brought: { ...brought, warnings: [...sound.warnings, ...brought.warnings] } };
}

/** The last way back: the bare database of a disk that died, copied onto the laptop by hand. */
export const rawDbRestore = restoreKind<RawGround>({
  title: node => `Restore the raw database of a dead disk on ${node.name}`,
  says: 'For when there is no snapshot: a copy of member/snap/db is checked page by page, made a snapshot of in a copy, and put in the place of the data. The file that is given is only read. Nothing is deleted: the old data stay under another name.',
  look,
  fields: ({ several }, node, parts) => severalFieldsAt(several, node, parts),
  warnings: ({ raw, brought }) => [
    'Nobody recorded the hash of this database, so only its structure and its token speak for it. A snapshot that is intact is always better.',
    'What etcd had not yet written from its log into the database is lost: mostly the last moments before the disk died.',
    `It is a copy of ${raw.path}; what the cluster wrote after that copy is not in it.`,
    ...brought.warnings,
  ],
  steps(parts, of) {
    const { run, node, ground } = of;
    const { several, raw, token, brought } = ground;
    const sealed = { ...brought, copy: { ...brought.copy, path: sealedPath(parts.runs, run) } };
    const from = broughtFrom(parts, run, sealed);
    const { own } = several;
    return severalSteps(
      parts,
      { ...of, ground: several },
      {
        ...from,
        bring: [
          sealStep(parts, raw, run),
          ...from.bring,
          ...(token.there ? [] : [tokenStep(parts, { node, run, standing: own }, token)]),
          // K3s looks into the old database first, and gives up when that cannot be read
          ...(own.base.db === 'etcd' ? [onceOnly(moveStep(own.base, run))] : []),
        ],
      },
    );
  },
});

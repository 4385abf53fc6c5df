import { join } from 'node:path';
import type { Export } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { SiteId } from '../../../preload/contract/ids.ts';
import type { OnProgress } from '../../ports.ts';
import { mebibytes } from '../../core/bag-space.ts';
import { audit } from '../../store/audit.ts';
import { recordExport } from '../../store/exports.ts';
import { technician } from '../../store/settings.ts';
import { contentsOf, itemsOf } from './contents.ts';
import type { Contents } from './contents.ts';
import type { SupplyDeps } from './deps.ts';
import { clearPartial, heldAt, ontoStick, standsAt } from './onto-stick.ts';
import { filesOfBag, placeAt, requireRecipients, shortness, spaceShort } from './place.ts';
import type { Place } from './place.ts';
import { sealAll } from './seal.ts';
import { bagFiles, begun, dropSpooled, keepSpooled, spooledOf, spooledPath, tagsOf } from './spool.ts';
import type { Spooled } from './spool.ts';

/** Left free on the laptop besides the spool. */
const margin = 64 * 1024 * 1024;

/** Writes an export of a site to a place, or takes up the one that was interrupted. */
export async function writeExport(
  deps: SupplyDeps,
  site: SiteId,
  to: string,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Export> {
  const about = deps.nodes.site(site);
  requireRecipients(deps, about);
  const place = await placeAt(deps, to);
  const pending = await spooledOf(deps, site);
  const finished = await alreadyThere(deps, pending, place);
  const contents = contentsOf(deps, about);
  // What was found whole on the stick is the answer unless there is more to carry by now.
  if (finished && finished.digest === contents.digest) return finished.export;
  const start = await resumedOrBegun(deps, pending, contents);
  await requireRoom(deps, start, contents, place);
  await keepSpooled(deps.files, deps.home.spool, start);
  const sealed = await sealAll(deps, start, contents, signal, onProgress);
  try {
    return await recorded(deps, await ontoStick(deps, sealed, place, signal, onProgress), place.path);
  } catch (thrown) {
    throw interrupted(thrown, place.path);
  }
}

/** A bag that was read back and renamed just before the app ended: only its entry is missing. */
async function alreadyThere(
  deps: SupplyDeps,
  pending: readonly Spooled[],
  place: Place,
): Promise<{ readonly export: Export; readonly digest: string } | undefined> {
  for (const record of pending)
    if (record.check && (await standsAt(deps, record, place.path)))
      return { export: await recorded(deps, record, place.path), digest: record.digest };
  return undefined;
}

/** The interrupted export of the same contents; others are given up and cleared away. */
async function resumedOrBegun(
  deps: SupplyDeps,
  pending: readonly Spooled[],
  contents: Contents,
): Promise<Spooled> {
  const same = pending.find(
    record => record.digest === contents.digest && record.recipients.join() === contents.recipients.join(),
  );
  for (const record of pending) {
    if (record === same) continue;
    await clearPartial(deps, record);
    await dropSpooled(deps.files, deps.home.spool, record);
  }
  if (!same) return begun(deps, contents);
  const { check: _, ...rest } = same;
  return (await spoolHolds(deps, same)) ? rest : { ...rest, payload: [], sealed: false };
}

/** Whether everything that was sealed still waits in the spool. Its content is compared while it is carried. */
async function spoolHolds({ files, home }: SupplyDeps, record: Spooled): Promise<boolean> {
  for (const file of record.sealed ? bagFiles(record) : record.payload)
    if ((await files.stat(spooledPath(home.spool, record, file.path)))?.bytes !== file.bytes) return false;
  return true;
}

/** Room on the stick for the bag and on the laptop for the sealed files, asked before anything is written to either. */
async function requireRoom(
  deps: SupplyDeps,
  start: Spooled,
  contents: Contents,
  place: Place,
): Promise<void> {
  const items = itemsOf(deps, contents);
  const short = shortness(
    filesOfBag(deps, contents.site, items),
    place,
    await heldAt(deps, start, place.path),
  );
  if (short !== undefined) throw spaceShort(short, place.path);
  const sealed = new Set(start.payload.map(each => each.path));
  const wanted = items.filter(item => !sealed.has(item.path)).reduce((sum, item) => sum + item.bytes, margin);
  const { free } = await deps.files.space(deps.home.spool);
  if (free >= wanted) return;
  throw new FieldError({
    code: 'space-short',
    says: `Sealing needs ${mebibytes(wanted)} on this laptop first, and only ${mebibytes(free)} are free.`,
    about: deps.home.spool,
    untouched: 'Nothing was written.',
    next: 'Make room on the laptop, then export again.',
  });
}

async function recorded(deps: SupplyDeps, record: Spooled, place: string): Promise<Export> {
  const manifest = tagsOf(record).find(tag => tag.path === 'manifest-sha256.txt');
  if (!record.check || !manifest) throw new Error('an export is recorded after it was read back');
  const written: Export = {
    id: record.export,
    site: record.site,
    at: record.startedAt,
    path: join(place, record.bag),
    bytes: record.check.bytes,
    files: record.check.files,
    snapshots: record.carried,
    manifestSha256: manifest.sha256,
    check: record.check,
    copies: [
      {
        path: join(place, record.bag),
        on: place,
        writtenAt: deps.clock.now().toISOString(),
        check: record.check,
      },
    ],
    state: 'written',
    practice: record.world === 'practice',
  };
  deps.store.write(db => {
    recordExport(db, written);
    audit(
      db,
      technician(db),
      'export-written',
      { export: written.id, site: written.site, files: written.files },
      deps.clock.now(),
    );
  });
  await dropSpooled(deps.files, deps.home.spool, record);
  return written;
}

/** What the disk said, with what it means for this export. */
function interrupted(thrown: unknown, place: string): unknown {
  if (!(thrown instanceof FieldError)) return thrown;
  const { code } = thrown.failure;
  if (code === 'cancelled' || code === 'damaged') return thrown;
  return new FieldError(
    {
      ...thrown.failure,
      about: thrown.failure.about ?? place,
      untouched: 'The sealed files are kept on the laptop; what is on the stick stays marked .partial.',
      next: `${code === 'disk-full' ? 'Make room on the stick' : 'Plug the stick in again, or mend what is said here'}, then export to the same place: it continues where it stopped.`,
    },
    { cause: thrown },
  );
}

import { join } from 'node:path';
import type { Export, ExportItem } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { ExportId, SiteId } from '../../../preload/contract/ids.ts';
import type { OnProgress } from '../../ports.ts';
import { mebibytes } from '../../core/bag-space.ts';
import { audit } from '../../store/audit.ts';
import { exportById, recordExport } from '../../store/exports.ts';
import { technician } from '../../store/settings.ts';
import { checkBag } from './check-bag.ts';
import { contentsOf, itemsOf } from './contents.ts';
import type { Contents } from './contents.ts';
import type { SupplyDeps } from './deps.ts';
import { hostPath, ontoHost } from './onto-host.ts';
import type { HostPlace } from './onto-host.ts';
import { clearPartial, heldAt, ontoStick, standsAt } from './onto-stick.ts';
import { filesOfBag, placeAt, shortness, spaceShort } from './place.ts';
import type { Place } from './place.ts';
import { sealAll } from './seal.ts';
import {
  bagFiles,
  begun,
  dropSpooled,
  keepSpooled,
  spooledOf,
  spooledPath,
  tagManifestOf,
  tagsOf,
} from './spool.ts';
import type { Spooled } from './spool.ts';

/** Left free on the laptop besides the spool. */
const margin = 64 * 1024 * 1024;

export interface WriteAsk {
  readonly site: SiteId;
  readonly to: string;
  /** The very same bag once more, onto another stick. */
  readonly export?: ExportId | undefined;
}

/** Sends an export to a folder of another machine over its link; what was begun there goes on. */
export async function sendExport(
  deps: SupplyDeps,
  { site, node, path }: { readonly site: SiteId } & HostPlace,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Export> {
  const contents = await contentsOf(deps, deps.nodes.site(site));
  const start = await resumedOrBegun(deps, await spooledOf(deps, site), contents);
  await requireRoomHere(deps, start, itemsOf(deps, contents));
  await keepSpooled(deps.files, deps.home.spool, start);
  const sealed = await sealAll(deps, start, contents, signal, onProgress);
  const began = deps.clock.monotonic();
  const sent = await ontoHost(deps, sealed, { node, path }, signal, onProgress);
  const place = hostPath(deps.nodes.get(node), path);
  return recorded(deps, sent, place, (deps.clock.monotonic() - began) / 1000);
}

/** Writes an export of a site to a place, takes up the one that was interrupted, or writes the same one once more. */
export async function writeExport(
  deps: SupplyDeps,
  { site, to, export: again }: WriteAsk,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Export> {
  const about = deps.nodes.site(site);
  const contents = await contentsOf(deps, about);
  const place = await placeAt(deps, to);
  const pending = await spooledOf(deps, site);
  const whole = await alreadyThere(deps, pending, place, signal);
  // What was found whole on the stick is the answer unless there is more to carry by now.
  if (whole && (again === undefined ? whole.digest === contents.digest : whole.export.id === again))
    return whole.export;
  const start =
    again === undefined
      ? await resumedOrBegun(deps, pending, contents)
      : await onceMore(deps, pending, again);
  await requireRoom(deps, start, again === undefined ? contents : undefined, place);
  await keepSpooled(deps.files, deps.home.spool, start);
  const sealed = await sealAll(deps, start, contents, signal, onProgress);
  const began = deps.clock.monotonic();
  try {
    const written = await ontoStick(deps, sealed, place, signal, onProgress);
    return await recorded(deps, written, place.path, (deps.clock.monotonic() - began) / 1000);
  } catch (thrown) {
    throw interrupted(thrown, place.path);
  }
}

/**
 * A bag of ours that stands at the place already. One whose entry is missing was read back and renamed just before the app
 * ended; one that is recorded is read again before it is called whole.
 */
async function alreadyThere(
  deps: SupplyDeps,
  pending: readonly Spooled[],
  place: Place,
  signal: AbortSignal,
): Promise<{ readonly export: Export; readonly digest: string } | undefined> {
  for (const record of pending) {
    if (!record.check || !(await standsAt(deps, record, place.path))) continue;
    const { digest } = record;
    const known = deps.store.read(db => exportById(db, record.export));
    const path = join(place.path, record.bag);
    if (!known?.copies.some(copy => copy.path === path))
      return { export: await recorded(deps, record, place.path), digest };
    const { check } = await checkBag(deps, path, { signal });
    if (check.complete) return { export: await recorded(deps, { ...record, check }, place.path), digest };
  }
  return undefined;
}

/** The interrupted export of the same contents; others are given up and cleared away. */
async function resumedOrBegun(
  deps: SupplyDeps,
  pending: readonly Spooled[],
  contents: Contents,
): Promise<Spooled> {
  const { id: key } = await deps.laptop.current();
  const same = pending.find(
    record =>
      record.digest === contents.digest &&
      record.recipients.join() === contents.recipients.join() &&
      record.laptop.key === key,
  );
  for (const record of pending) {
    if (record === same) continue;
    await clearPartial(deps, record);
    await dropSpooled(deps.files, deps.home.spool, record);
  }
  if (!same) return begun(deps, contents);
  if (await spoolHolds(deps, same)) return unchecked(same);
  // What headquarters may have already must not be sealed anew under its number.
  if (same.recorded === true) return begun(deps, contents);
  const { signature: _, ...rest } = unchecked(same);
  return { ...rest, payload: [], sealed: false };
}

function unchecked(record: Spooled): Spooled {
  const { check: _, ...rest } = record;
  return rest;
}

/** The export that another stick shall carry too. Throws `no-such-thing` when its sealed files are gone. */
async function onceMore(deps: SupplyDeps, pending: readonly Spooled[], again: ExportId): Promise<Spooled> {
  const found = pending.find(record => record.export === again);
  if (found?.sealed === true && (await spoolHolds(deps, found))) return unchecked(found);
  throw new FieldError({
    code: 'no-such-thing',
    says: 'The sealed files of this export are not on this laptop any more: a newer export took their place, or it arrived.',
    about: again,
    untouched: 'Nothing was written.',
    next: 'Write a new export to this stick: it carries everything that headquarters has not confirmed.',
  });
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
  contents: Contents | undefined,
  place: Place,
): Promise<void> {
  const items = contents ? itemsOf(deps, contents) : [];
  const all = contents && !start.sealed ? filesOfBag(deps, contents.site, items) : bagFiles(start);
  const short = shortness(all, place, await heldAt(deps, start, place.path));
  if (short !== undefined) throw spaceShort(short, place.path);
  await requireRoomHere(deps, start, items);
}

/** Room on the laptop for what is still to be sealed. */
async function requireRoomHere(
  deps: SupplyDeps,
  start: Spooled,
  items: readonly ExportItem[],
): Promise<void> {
  const sealed = new Set(start.payload.map(each => each.path));
  const wanted = items.filter(item => !sealed.has(item.path)).reduce((sum, item) => sum + item.bytes, margin);
  const { free } = await deps.files.space(deps.home.spool);
  if (start.sealed || free >= wanted) return;
  throw new FieldError({
    code: 'space-short',
    says: `Sealing needs ${mebibytes(wanted)} on this laptop first, and only ${mebibytes(free)} are free.`,
    about: deps.home.spool,
    untouched: 'Nothing was written.',
    next: 'Make room on the laptop, then export again.',
  });
}

/** Enters a copy that was read back into the journal. The sealed files stay for further sticks. */
async function recorded(deps: SupplyDeps, record: Spooled, place: string, seconds?: number): Promise<Export> {
  const manifest = tagsOf(record).find(tag => tag.path === 'manifest-sha256.txt');
  if (!record.check || !manifest) throw new Error('an export is recorded after it was read back');
  const path = join(place, record.bag);
  const written: Export = {
    id: record.export,
    site: record.site,
    at: record.startedAt,
    path,
    bytes: record.check.bytes,
    files: record.check.files,
    snapshots: record.carried,
    manifestSha256: manifest.sha256,
    tagmanifestSha256: tagManifestOf(record).sha256,
    counter: record.laptop.counter,
    laptopKey: record.laptop.key,
    clockDoubtful: record.clockDoubtful,
    check: record.check,
    copies: [
      {
        path,
        on: place,
        writtenAt: deps.clock.now().toISOString(),
        check: record.check,
        ...(seconds === undefined ? {} : { seconds }),
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
      { export: written.id, site: written.site, files: written.files, counter: record.laptop.counter },
      deps.clock.now(),
    );
  });
  await keepSpooled(deps.files, deps.home.spool, { ...record, recorded: true });
  return deps.store.read(db => exportById(db, record.export)) ?? written;
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

import type { Export, ExportPlan, Site } from '../../../preload/contract/domain.ts';
import type { ExportId, SiteId } from '../../../preload/contract/ids.ts';
import { bytesWanted } from '../../core/bag-space.ts';
import { bagName } from '../../core/stick-names.ts';
import { exports } from '../../store/exports.ts';
import { contentsOf, itemsOf } from './contents.ts';
import type { SupplyDeps } from './deps.ts';
import { heldAt } from './onto-stick.ts';
import { filesOfBag, folders, placeAt, shortness } from './place.ts';
import type { Place } from './place.ts';
import { bagFiles, spooledOf } from './spool.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** What would be written to a place now, how long it takes, and what should be known before. Writes nothing. */
export async function exportPlan(
  deps: SupplyDeps,
  {
    site,
    to,
    export: again,
  }: { readonly site: SiteId; readonly to: string; readonly export?: ExportId | undefined },
): Promise<ExportPlan> {
  const about = deps.nodes.site(site);
  const contents = await contentsOf(deps, about);
  const place = await placeAt(deps, to);
  const spooled = await spooledOf(deps, site);
  const same = spooled.find(each =>
    again === undefined ? each.digest === contents.digest : each.export === again,
  );
  const items =
    same?.sealed === true
      ? same.payload.map(({ path, what, bytes }) => ({ path, what, bytes }))
      : itemsOf(deps, contents);
  const all = same?.sealed === true ? bagFiles(same) : filesOfBag(deps, about, items);
  const heldBytes = same ? await heldAt(deps, same, place.path) : 0;
  const short = shortness(all, place, heldBytes);
  const total = all.reduce((sum, file) => sum + file.bytes, 0);
  const seconds = secondsFor(
    deps.store.read(db => exports(db)),
    place,
    total,
  );
  const breakGlass = deps.trusted.breakGlass(about);
  return {
    site,
    to: place.path,
    bag: same?.bag ?? bagName(site, deps.clock.now()),
    items,
    bytes: bytesWanted(all, folders),
    free: place.free,
    enough: short === undefined,
    ...(short === undefined ? {} : { short }),
    recipients: deps.trusted.recipients(about),
    ...(breakGlass === undefined ? {} : { breakGlass }),
    ...(seconds === undefined ? {} : { seconds }),
    warnings: warningsFor(deps, about),
    heldBytes,
  };
}

/** By the newest copy to the same place, else by the slowest of the last few; nothing before the first export. */
function secondsFor(written: readonly Export[], place: Place, bytes: number): number | undefined {
  const rates = written
    .flatMap(each => each.copies)
    .flatMap(({ on, seconds, check }) =>
      seconds === undefined ? [] : [{ on, rate: seconds / check.bytes }],
    );
  const here = rates.find(each => each.on === place.path);
  const slowest = Math.max(...rates.slice(0, 5).map(each => each.rate));
  const rate = here?.rate ?? slowest;
  return Number.isFinite(rate) ? Math.max(1, Math.round(rate * bytes)) : undefined;
}

/** What a person should know who is about to send a stick away. */
export function warningsFor(deps: SupplyDeps, site: Site): readonly string[] {
  const { store, clock, nodes, laptop, trusted, supplyRunDays } = deps;
  const written = store.read(db => exports(db, site.id));
  const said: string[] = [];
  if (deps.clockDoubtful())
    said.push(
      "This laptop's clock cannot be right. Dates in this export are marked doubtful; its number keeps the order.",
    );
  if (site.breakGlass && site.breakGlass.drilledAt === undefined)
    said.push(
      'Nobody has tried the paper from the safe yet. Do the drill with this bag before the stick leaves (page Keys, or coldstart keys drill BAG).',
    );
  const [newest] = laptop.shown();
  const known =
    newest !== undefined &&
    store.read(db => exports(db)).some(each => each.receipt && each.laptopKey === newest.id);
  if (!known && !site.practice)
    said.push(
      newest
        ? `No receipt has come back yet for this laptop's key ${newest.id}. Be sure that headquarters enrolled it, or the bag goes into quarantine there.`
        : 'This laptop has no signing key yet; one is made now. Tell headquarters its number before the stick arrives.',
    );
  const without = nodes
    .ofSite(site.id)
    .filter(node => nodes.latest(node.id, 'configuration') === undefined)
    .map(node => node.name);
  if (without.length > 0)
    said.push(
      `No configuration was ever taken from ${without.join(', ')}. Pull a snapshot from there and it comes along.`,
    );
  const overdue = written.filter(each => overdueSince(each, clock.now(), supplyRunDays()) !== undefined);
  if (overdue.length > 0)
    said.push(
      `${overdue.length === 1 ? 'One export has' : `${overdue.length} exports have`} no receipt after two supply runs. What they carried goes out again now.`,
    );
  if (trusted.list() === undefined && !site.practice)
    said.push('No key list of headquarters is here, so its receipts cannot be checked.');
  return said;
}

/** Since when an export waits for its receipt longer than two supply runs; nothing while that is not so. */
export function overdueSince(each: Export, now: Date, supplyRunDays: number): string | undefined {
  if (each.receipt) return undefined;
  const left = each.copies.map(copy => copy.leftAt ?? copy.writtenAt).toSorted()[0] ?? each.at;
  return now.getTime() - Date.parse(left) > 2 * supplyRunDays * dayMs ? left : undefined;
}

import type { Export, ExportPlan } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { ExportId, SiteId } from '../../../preload/contract/ids.ts';
import type { CallHandlers } from '../../bridge/handlers.ts';
import { bytesWanted } from '../../core/bag-space.ts';
import { bagName } from '../../core/stick-names.ts';
import { exportById, exports } from '../../store/exports.ts';
import { checkBag } from './check-bag.ts';
import { contentsOf, itemsOf } from './contents.ts';
import type { SupplyDeps } from './deps.ts';
import { heldAt } from './onto-stick.ts';
import { practiceBag } from './open-bag.ts';
import { filesOfBag, folders, placeAt, requireRecipients, shortness } from './place.ts';
import { spooledOf } from './spool.ts';
import { telling } from './telling.ts';
import { writeExport } from './write.ts';

type Calls = Pick<
  CallHandlers,
  'stick.list' | 'export.plan' | 'export.write' | 'export.list' | 'export.show' | 'bag.verify'
>;

/** The supply run: what would go out, writing it to a stick as a sealed bag, and checking bags. */
export function supplyService(deps: SupplyDeps): { readonly calls: Calls } {
  const { store, clock, files, sticks } = deps;
  const writing = new Set<SiteId>();

  const plan = async (site: SiteId, to: string): Promise<ExportPlan> => {
    const about = deps.nodes.site(site);
    requireRecipients(deps, about);
    const place = await placeAt(deps, to);
    const contents = contentsOf(deps, about);
    const items = itemsOf(deps, contents);
    const all = filesOfBag(deps, about, items);
    const same = (await spooledOf(deps, site)).find(each => each.digest === contents.digest);
    const held = same ? await heldAt(deps, same, place.path) : 0;
    const short = shortness(all, place, held);
    return {
      site,
      to: place.path,
      bag: same?.bag ?? bagName(site, clock.now()),
      items,
      bytes: bytesWanted(all, folders),
      free: place.free,
      enough: short === undefined,
      ...(short === undefined ? {} : { short }),
      recipients: contents.recipients,
      warnings: [],
      heldBytes: held,
    };
  };

  const write: Calls['export.write'] = async ({ site, to }, { signal, progress }) => {
    if (writing.has(site))
      throw new FieldError({
        code: 'refused',
        says: 'An export of this site is being written already.',
        untouched: 'That one goes on.',
        next: 'Wait until it is done, or stop it.',
      });
    writing.add(site);
    try {
      return await writeExport(deps, site, to, signal, progress);
    } finally {
      writing.delete(site);
    }
  };

  const show = (id: ExportId): Export => {
    const found = store.read(db => exportById(db, id));
    if (found) return found;
    throw new FieldError({
      code: 'no-such-thing',
      says: 'There is no such export.',
      about: id,
      untouched: 'Nothing was done.',
      next: 'List the exports and choose one of them.',
    });
  };

  const verify: Calls['bag.verify'] = async ({ path }, { signal, progress }) => {
    const folder = await files.real(path);
    if ((await files.stat(folder))?.kind !== 'folder')
      throw new FieldError({
        code: 'bad-ask',
        says: 'A bag is a folder, and this is a file.',
        about: path,
        untouched: 'Nothing was changed.',
        next: 'Name the folder that holds bagit.txt.',
      });
    const { check, promise } = await checkBag(deps, folder, {
      signal,
      onProgress: telling('Reading the bag', clock, progress),
    });
    if (promise.practice && deps.world === 'real') throw practiceBag(folder);
    return check;
  };

  return {
    calls: {
      'stick.list': () => sticks.list(),
      'export.plan': ({ site, to }) => plan(site, to),
      'export.write': write,
      'export.list': ({ site }) => store.read(db => exports(db, site)),
      'export.show': ({ export: id }) => show(id),
      'bag.verify': verify,
    },
  };
}

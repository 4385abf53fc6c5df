import type { Export } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { ExportId, SiteId } from '../../../preload/contract/ids.ts';
import type { OpenedBag, ReceiptSeen } from '../../../preload/contract/supply/exports.ts';
import type { CallHandlers } from '../../bridge/handlers.ts';
import { identityTyped } from '../../core/age-identity.ts';
import { Secret } from '../../core/secret.ts';
import { audit } from '../../store/audit.ts';
import { exportById, exports, keepChoices, recordLeft } from '../../store/exports.ts';
import { technician } from '../../store/settings.ts';
import { checkBag } from './check-bag.ts';
import { choicesFor } from './contents.ts';
import type { SupplyDeps } from './deps.ts';
import { openBag, practiceBag } from './open-bag.ts';
import { exportPlan, overdueSince } from './plan.ts';
import { takeReceipts } from './receipts.ts';
import { withSignature } from './signature.ts';
import { telling } from './telling.ts';
import { sendExport, writeExport } from './write.ts';

type Calls = Pick<
  CallHandlers,
  | 'export.plan'
  | 'export.write'
  | 'export.send'
  | 'export.list'
  | 'export.show'
  | 'export.left'
  | 'export.choices'
  | 'export.choose'
  | 'bag.verify'
  | 'bag.open'
  | 'receipt.import'
>;

export interface Supply {
  readonly calls: Calls;
  /** Takes receipts off a stick or folder. */
  takeReceipts(from: string): Promise<readonly ReceiptSeen[]>;
  /** What is being written below this folder now; a stick must not be taken out meanwhile. */
  busyAt(folder: string): string | undefined;
}

/** The supply run: what would go out, writing it to sticks as sealed bags, receipts that come back, and checking bags. */
export function supplyService(deps: SupplyDeps): Supply {
  const { store, clock, files } = deps;
  const writing = new Map<SiteId, string>();

  /** One at a time for each site: two would seal into the same spool. */
  const alone = async (site: SiteId, to: string, job: () => Promise<Export>): Promise<Export> => {
    if (writing.has(site))
      throw new FieldError({
        code: 'refused',
        says: 'An export of this site is being written already.',
        untouched: 'That one goes on.',
        next: 'Wait until it is done, or stop it.',
      });
    writing.set(site, to);
    try {
      return told(await job());
    } finally {
      writing.delete(site);
    }
  };

  const told = (each: Export): Export => {
    const since = overdueSince(each, clock.now(), deps.supplyRunDays());
    return since === undefined ? each : { ...each, overdueSince: since };
  };

  const show = (id: ExportId): Export => {
    const found = store.read(db => exportById(db, id));
    if (found) return told(found);
    throw new FieldError({
      code: 'no-such-thing',
      says: 'There is no such export.',
      about: id,
      untouched: 'Nothing was done.',
      next: 'List the exports and choose one of them.',
    });
  };

  const left: Calls['export.left'] = ({ export: id, path }) => {
    if (!show(id).copies.some(copy => copy.path === path))
      throw new FieldError({
        code: 'no-such-thing',
        says: 'No copy of this export was written there.',
        about: path,
        untouched: 'Nothing was noted.',
        next: 'Choose one of the copies that are listed with the export.',
      });
    const at = clock.now();
    store.write(db => {
      recordLeft(db, id, path, at.toISOString());
      audit(db, technician(db), 'export-left', { export: id, path }, at);
    });
    return show(id);
  };

  const folderOf = async (path: string): Promise<string> => {
    const folder = await files.real(path);
    if ((await files.stat(folder))?.kind === 'folder') return folder;
    throw new FieldError({
      code: 'bad-ask',
      says: 'A bag is a folder, and this is a file.',
      about: path,
      untouched: 'Nothing was changed.',
      next: 'Name the folder that holds bagit.txt.',
    });
  };

  const verify: Calls['bag.verify'] = async ({ path }, { signal, progress }) => {
    const folder = await folderOf(path);
    const { check, promise } = await checkBag(deps, folder, {
      signal,
      onProgress: telling('Reading the bag', clock, progress),
    });
    if (promise.practice && deps.world === 'real') throw practiceBag(folder);
    return withSignature(deps, check);
  };

  const open: Calls['bag.open'] = async ({ path, identity, to }, { signal }): Promise<OpenedBag> => {
    const folder = await folderOf(path);
    const typed = await identityTyped(new Secret(identity));
    const opened = await openBag(folder, typed.identity, to, { ...deps, signal });
    const at = clock.now();
    store.write(db => {
      audit(db, technician(db), 'opened-bag', { bag: folder, to, by: typed.recipient }, at);
    });
    return { to, files: opened };
  };

  return {
    takeReceipts: from => takeReceipts(deps, from),
    busyAt: folder =>
      [...writing.values()].some(to => to === folder || to.startsWith(`${folder}/`))
        ? 'An export is being written to it.'
        : undefined,
    calls: {
      'export.plan': ask => exportPlan(deps, ask),
      'export.write': (ask, { signal, progress }) =>
        alone(ask.site, ask.to, () => writeExport(deps, ask, signal, progress)),
      'export.send': (ask, { signal, progress }) =>
        alone(ask.site, '', () => sendExport(deps, ask, signal, progress)),
      'export.list': ({ site }) => store.read(db => exports(db, site)).map(told),
      'export.show': ({ export: id }) => show(id),
      'export.left': left,
      'export.choices': ({ site }) => choicesFor(deps, deps.nodes.site(site).id),
      'export.choose': ({ site, choices }) => {
        store.write(db => {
          keepChoices(db, deps.nodes.site(site).id, choices);
        });
        return choicesFor(deps, site);
      },
      'bag.verify': verify,
      'bag.open': open,
      'receipt.import': async ({ from }) => takeReceipts(deps, await files.real(from)),
    },
  };
}

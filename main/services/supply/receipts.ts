import { join } from 'node:path';
import type { Export } from '../../../preload/contract/domain.ts';
import { failureOf, FieldError } from '../../../preload/contract/failure.ts';
import type { ExportId, SnapshotId } from '../../../preload/contract/ids.ts';
import type { ReceiptSeen } from '../../../preload/contract/supply/exports.ts';
import { isReceiptName, mostReceiptBytes, receiptIn, receiptsFolder } from '../../core/supply/receipt.ts';
import type { Receipt } from '../../core/supply/receipt.ts';
import { audit } from '../../store/audit.ts';
import { exportById, recordReceipt } from '../../store/exports.ts';
import { technician } from '../../store/settings.ts';
import { signedByHeadquarters } from '../keys/signed-by.ts';
import type { SupplyDeps } from './deps.ts';
import { dropSpooled, spooledOf } from './spool.ts';

type Deps = Pick<SupplyDeps, 'store' | 'files' | 'clock' | 'world' | 'trusted' | 'home'>;

/**
 * Looks for receipts where headquarters puts them: in the folder that was named, and in `coldstart-from-hq/receipts` of it.
 * Each is judged by itself; nothing on the stick is changed.
 */
export async function takeReceipts(deps: Deps, from: string): Promise<readonly ReceiptSeen[]> {
  const { files } = deps;
  const seen: ReceiptSeen[] = [];
  const there = await files.stat(from);
  if (there?.kind === 'file') return [await taken(deps, from)];
  for (const folder of [from, join(from, receiptsFolder)]) {
    if ((await files.stat(folder))?.kind !== 'folder') continue;
    for (const { name, stat } of await files.list(folder))
      if (stat.kind === 'file' && isReceiptName(name)) seen.push(await taken(deps, join(folder, name)));
  }
  return seen;
}

async function taken(deps: Deps, path: string): Promise<ReceiptSeen> {
  try {
    return await judged(deps, path);
  } catch (thrown) {
    const failure = failureOf(thrown);
    if (failure.code === 'bug') throw thrown;
    return { path, is: 'refused', says: [failure.says, failure.next].filter(Boolean).join(' ') };
  }
}

const refused = (code: 'refused' | 'practice-only', says: string, about: string, next: string): FieldError =>
  new FieldError({ code, says, about, untouched: 'Nothing counts as confirmed by it.', next });

/** Reads one receipt, whose signature has to hold under a receipt key of headquarters that is pinned and still good. */
async function judged(deps: Deps, path: string): Promise<ReceiptSeen> {
  const { store, clock } = deps;
  const { text, key, signature } = await signedByHeadquarters(deps, path, 'receipt', mostReceiptBytes);
  const receipt = receiptIn(text, path);
  if (receipt.world !== deps.world)
    throw refused(
      'practice-only',
      deps.world === 'real' ? 'This is a practice receipt.' : 'This is no practice receipt.',
      path,
      'Take it in its own world.',
    );
  const about = boundTo(deps, receipt, path);
  const known = about.receipt;
  const verdict = receipt.verdict;
  // A replayed receipt never takes a better one back, and a later one may only make it better.
  if (known && (known.verdict === 'received' || known.verdict === verdict))
    return { path, is: 'known', export: about.id, says: 'This receipt was taken before.' };
  store.write(db => {
    recordReceipt(db, {
      export: about.id,
      receivedAt: receipt.receivedAt,
      importedAt: clock.now().toISOString(),
      key,
      late: receipt.late,
      verdict,
      says: receipt.says,
      snapshots:
        verdict === 'received'
          ? receipt.snapshots.filter(each => each.is === 'restorable').map(each => each.id as SnapshotId)
          : [],
      text,
      signature,
    });
    const facts = { export: about.id, verdict, key, late: receipt.late };
    audit(db, technician(db), 'took-receipt', facts, clock.now());
  });
  if (verdict === 'received') await dropConfirmed(deps, about);
  return {
    path,
    is: verdict === 'received' ? 'confirmed' : 'not-restorable',
    export: about.id,
    says:
      verdict === 'received'
        ? `Headquarters has it since ${receipt.receivedAt.slice(0, 10)}${receipt.late ? ', later than a newer one' : ''}.`
        : `It arrived, and does not restore: ${receipt.says} Nothing is freed here. Export again.`,
  };
}

/** The export a receipt belongs to, when everything it is bound to fits. */
function boundTo({ store }: Deps, receipt: Receipt, path: string): Export {
  const about = store.read(db => exportById(db, receipt.export as ExportId));
  if (!about)
    throw refused(
      'refused',
      'This receipt is for an export that was not written from this laptop.',
      path,
      'It may be for another laptop: leave it on the stick.',
    );
  if (about.site !== receipt.site)
    throw refused('refused', 'This receipt is for another site.', path, 'Leave it on the stick.');
  if (about.tagmanifestSha256 !== receipt.tagmanifestSha256 || about.laptopKey !== receipt.laptopKey)
    throw refused(
      'refused',
      'This receipt names this export, but other content than was written here.',
      path,
      'Do not trust it. Tell headquarters: somebody may have changed a bag on its way.',
    );
  return about;
}

/** What arrived needs no more sticks. */
async function dropConfirmed(deps: Deps, { id, site }: Export): Promise<void> {
  const found = (await spooledOf(deps, site)).find(record => record.export === id);
  if (found) await dropSpooled(deps.files, deps.home.spool, found);
}

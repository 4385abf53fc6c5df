import { dirname, join, relative, isAbsolute } from 'node:path';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { ExportId, SiteId } from '../../../preload/contract/ids.ts';
import type { ReceivedBag } from '../../../preload/contract/supply/hq.ts';
import { fromHqFolder, receiptName } from '../../core/supply/receipt.ts';
import type { Files } from '../../ports.ts';
import { snapshotsOf } from '../../store/hq/bags.ts';
import type { KeptBag } from '../../store/hq/bags.ts';
import { writeReceipt } from './archive.ts';
import type { Archive } from './archive.ts';
import type { LookedAt } from './look.ts';

/** What is told of a bag that is in the archive; its receipt is written to the stick it came on where that can be. */
export async function receivedBag(
  { archive, files }: { readonly archive: Archive; readonly files: Files },
  looked: LookedAt,
  kept: KeptBag,
  how: 'new' | 'again',
): Promise<ReceivedBag> {
  const onStick = await receiptOntoStick(files, archive, looked, kept);
  return {
    bag: looked.folder,
    is: how === 'again' ? 'again' : kept.verdict,
    says:
      how === 'again'
        ? `Known since ${kept.receivedAt.slice(0, 10)}; the receipt was issued again. ${kept.says}`
        : kept.says,
    verdict: kept.verdict,
    site: kept.site as SiteId,
    siteName: kept.siteName,
    export: kept.export as ExportId,
    counter: kept.counter,
    laptopKey: kept.laptopKey,
    late: kept.late,
    ...(kept.clockDoubtful ? { clockDoubtful: true } : {}),
    receipt: join(archive.at.receipts, receiptName(kept.export)),
    ...(onStick === undefined ? {} : { receiptOnStick: onStick }),
    unpacked: join(archive.at.folder, kept.folder),
    snapshots: archive.index
      .read(db => snapshotsOf(db, kept.export))
      .map(({ id, name, sha256, restorable, says }) => ({
        id,
        name,
        sha256,
        is: restorable ? 'restorable' : 'not-restorable',
        says,
      })),
  };
}

const inside = (path: string, folder: string): boolean => {
  const way = relative(folder, path);
  return way === '' || (!way.startsWith('..') && !isAbsolute(way));
};

/** A folder of ours that is not there yet, or is a real folder: a link on a stick could lead anywhere. */
const isOwn = async (files: Files, path: string): Promise<boolean> => {
  const there = await files.stat(path);
  return there === undefined || there.kind === 'folder';
};

/** Nothing when the stick takes no receipt: it is read-only, full or gone, and the receipt lies in the archive anyway. */
async function receiptOntoStick(
  files: Files,
  { at }: Archive,
  { folder }: LookedAt,
  kept: KeptBag,
): Promise<string | undefined> {
  const stick = dirname(folder);
  if (inside(stick, at.folder)) return undefined;
  const ours = join(stick, fromHqFolder);
  const receipts = join(ours, 'receipts');
  try {
    if (!(await isOwn(files, ours)) || !(await isOwn(files, receipts))) return undefined;
    return await writeReceipt(files, receipts, kept);
  } catch (thrown) {
    if (thrown instanceof FieldError) return undefined;
    throw thrown;
  }
}

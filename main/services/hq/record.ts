import type { World } from '../../../preload/contract/domain.ts';
import type { BagInventory } from '../../core/hq/inventory.ts';
import { verdictOn, verdictWords } from '../../core/hq/receipt-words.ts';
import type { KeptBagSnapshot } from '../../core/hq/snapshot.ts';
import { signed } from '../../core/minisign.ts';
import type { SecretKey } from '../../core/minisign.ts';
import { receiptComment, receiptText } from '../../core/supply/receipt.ts';
import type { Receipt } from '../../core/supply/receipt.ts';
import type { Clock } from '../../ports.ts';
import { bagByExport, cameAfter, recordBag } from '../../store/hq/bags.ts';
import type { KeptBag } from '../../store/hq/bags.ts';
import type { Archive } from './archive.ts';
import { refusal } from './look.ts';
import type { LookedAt } from './look.ts';

/** An export is one content for ever: whoever sends other content under its id plays a trick, or a disk is dying. */
export function refuseOther({ index }: Archive, looked: LookedAt): void {
  const known = index.read(db => bagByExport(db, looked.facts.export));
  if (known && known.tagmanifestSha256 !== looked.tagmanifestSha256)
    throw refusal(
      'refused',
      `Export ${known.export} was received on ${known.receivedAt.slice(0, 10)} with other content.`,
      looked.folder,
      'Keep the stick, and ask the site what happened. What was received before stays.',
    );
}

interface Recording {
  readonly archive: Archive;
  readonly clock: Clock;
  readonly world: World;
  readonly signer: SecretKey;
}

interface Found {
  readonly folder: string;
  readonly inventory: BagInventory;
  readonly snapshots: readonly KeptBagSnapshot[];
}

/**
 * Writes a bag into the index with its signed receipt. `late` when a later one of its laptop was there before. Throws
 * `refused` when other content came under its id meanwhile; the first that gets here is the export.
 */
export async function recorded(
  { archive, clock, world, signer }: Recording,
  looked: LookedAt,
  { folder, inventory, snapshots }: Found,
): Promise<KeptBag> {
  const { facts, tagmanifestSha256 } = looked;
  const receipt: Receipt = {
    format: 1,
    kind: 'coldstart-receipt',
    world,
    site: facts.site,
    export: facts.export,
    tagmanifestSha256,
    laptopKey: facts.laptop,
    counter: facts.counter,
    receivedAt: clock.now().toISOString(),
    late: archive.index.read(db => cameAfter(db, facts.laptop, facts.counter)),
    verdict: verdictOn(snapshots),
    says: verdictWords(snapshots),
    snapshots: snapshots.map(({ id, sha256, restorable, says }) => ({
      id,
      sha256,
      is: restorable ? 'restorable' : 'not-restorable',
      says,
    })),
  };
  const text = receiptText(receipt);
  const kept: KeptBag = {
    export: facts.export,
    site: facts.site,
    siteName: inventory.site.name,
    counter: facts.counter,
    laptopKey: facts.laptop,
    tagmanifestSha256,
    ...(facts.previous === undefined ? {} : { previous: facts.previous }),
    at: inventory.at || facts.date,
    clockDoubtful: facts.clockDoubtful,
    receivedAt: receipt.receivedAt,
    late: receipt.late,
    verdict: receipt.verdict,
    says: receipt.says,
    receipt: text,
    signature: await signed(Buffer.from(text), signer, receiptComment(receipt)),
    folder,
    settled: false,
  };
  // Two contents under one id may have been opened side by side.
  archive.index.write(db => {
    if (bagByExport(db, kept.export)) return;
    recordBag(db, kept, snapshots);
  });
  refuseOther(archive, looked);
  return kept;
}

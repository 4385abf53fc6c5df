import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { FieldError } from '../../../preload/contract/failure.ts';
import type { ReceivedBag } from '../../../preload/contract/supply/hq.ts';
import { bagInfoField } from '../../core/bagit.ts';
import { archiveName } from '../../core/hq/bag-facts.ts';
import type { BagFacts } from '../../core/hq/bag-facts.ts';
import type { BagInventory } from '../../core/hq/inventory.ts';
import { verdictOn, verdictWords } from '../../core/hq/receipt-words.ts';
import type { KeptBagSnapshot } from '../../core/hq/snapshot.ts';
import { signed } from '../../core/minisign.ts';
import type { SecretKey } from '../../core/minisign.ts';
import type { Secret } from '../../core/secret.ts';
import { safeName } from '../../core/stick-names.ts';
import { receiptComment, receiptText } from '../../core/supply/receipt.ts';
import type { Receipt } from '../../core/supply/receipt.ts';
import { bagByExport, bagByTagmanifest, cameAfter, recordBag, signAgain } from '../../store/hq/bags.ts';
import type { KeptBag } from '../../store/hq/bags.ts';
import { openBag } from '../supply/open-bag.ts';
import { openingOf, settle } from './archive.ts';
import type { Archive } from './archive.ts';
import { copyIn } from './copy.ts';
import type { CopiedBag } from './copy.ts';
import type { HqDeps } from './deps.ts';
import { lookAt, mostTagBytes, otherCopy, refusal, tagManifest } from './look.ts';
import type { LookedAt } from './look.ts';
import { pushMetrics } from './push-metrics.ts';
import { inventoryOf, proveAll } from './prove.ts';
import { receivedBag } from './received.ts';
import { signerOf } from './signer.ts';
import { sendCopy, wantsCopy } from './store-copy.ts';
import type { StoreCopy } from './store-copy.ts';

/** What one receiving works with. */
export interface Taking extends HqDeps {
  readonly archive: Archive;
  readonly identity: Secret;
  readonly signer: SecretKey;
  readonly signal: AbortSignal;
  readonly copy?: StoreCopy | undefined;
  readonly push?: string | undefined;
  /** Settles when the bags this laptop wrote before, as far as they are received now as well, are recorded. */
  readonly myTurn: Promise<void>;
  readonly onProgress: (doneBytes: number) => void;
}

/** Takes one bag in, or tells that it is known. Throws what speaks against it; nothing of it is left behind then. */
export async function takeIn(deps: Taking, looked: LookedAt): Promise<ReceivedBag> {
  const { archive, files } = deps;
  const known = archive.index.read(db => bagByTagmanifest(db, looked.tagmanifestSha256));
  if (known && !wantsCopy(archive.index, deps.copy, known.export)) return issuedAgain(deps, looked, known);
  const incoming = join(archive.at.incoming, looked.tagmanifestSha256);
  try {
    const copied = await copyIn(looked.folder, incoming, deps);
    await requireSame(deps, looked, copied);
    if (known) {
      const again = await issuedAgain(deps, looked, known);
      return { ...again, ...(await sendCopy(deps, archive.index, copied, known)) };
    }
    const signer = await signerOf({ ...deps, index: archive.index }, copied.folder);
    switch (signer.is) {
      case 'forged':
        throw refusal(
          'bad-signature',
          signer.says,
          looked.folder,
          'Keep the stick, and ask the site what happened.',
        );
      case 'stranger':
        return await quarantined(deps, looked, copied, signer.says);
      case 'laptop':
        return await opened(deps, looked, copied, signer.laptop.id);
      default:
        return signer satisfies never;
    }
  } finally {
    await files.remove(incoming);
  }
}

/** What was copied must be what was looked at: a stick can give other bytes the second time. */
async function requireSame({ files, world }: Taking, looked: LookedAt, copied: CopiedBag): Promise<void> {
  const again = await lookAt(files, copied.folder, world);
  if (
    again.tagmanifestSha256 === looked.tagmanifestSha256 &&
    JSON.stringify(again.facts) === JSON.stringify(looked.facts)
  )
    return;
  throw refusal('damaged', 'The bag changed while it was read.', looked.folder, otherCopy);
}

/** Kept as it came, sealed, until somebody enrols the laptop or throws it away. */
async function quarantined(
  { archive: { at }, files }: Taking,
  looked: LookedAt,
  copied: CopiedBag,
  says: string,
): Promise<ReceivedBag> {
  const isThere = dirname(looked.folder) === at.quarantine;
  const to = isThere
    ? looked.folder
    : join(at.quarantine, `${safeName(looked.name)}-${looked.tagmanifestSha256.slice(0, 8)}`);
  await files.makeFolder(at.quarantine);
  if (!(await files.stat(to))) await files.move(copied.folder, to);
  return {
    bag: looked.folder,
    is: 'quarantined',
    says: `${says} It was put aside sealed, and nothing in it was opened: ${to}`,
    next: 'Ask the site for the key id of its laptop on another way. If it is the same: coldstart hq enroll, then receive that folder.',
  };
}

/** What waited sealed and is in the archive now, byte for byte, need not wait any more. */
async function releaseAside(
  { archive: { at }, files }: Taking,
  { tagmanifestSha256 }: LookedAt,
): Promise<void> {
  if (!(await files.stat(at.quarantine))) return;
  for (const { name } of await files.list(at.quarantine)) {
    if (!name.endsWith(`-${tagmanifestSha256.slice(0, 8)}`)) continue;
    const tags = await files.read(join(at.quarantine, name, tagManifest), mostTagBytes);
    if (createHash('sha256').update(tags).digest('hex') === tagmanifestSha256)
      await files.remove(join(at.quarantine, name));
  }
}

const claims = ({ facts }: LookedAt): Pick<ReceivedBag, 'site' | 'export' | 'counter' | 'laptopKey'> => ({
  site: facts.site,
  export: facts.export,
  counter: facts.counter,
  laptopKey: facts.laptop,
});

async function opened(
  deps: Taking,
  looked: LookedAt,
  copied: CopiedBag,
  laptop: string,
): Promise<ReceivedBag> {
  const { archive, files } = deps;
  const { facts, folder: about } = looked;
  if (facts.laptop !== laptop)
    throw refusal(
      'damaged',
      `It says that laptop ${facts.laptop} made it, and laptop ${laptop} signed it.`,
      about,
      'Keep the stick, and ask the site what happened.',
    );
  refuseOther(archive, looked);
  const place = {
    folder: ['sites', facts.site, archiveName(facts)].join('/'),
    tagmanifestSha256: looked.tagmanifestSha256,
  };
  const to = openingOf(archive.at, place);
  await files.remove(to);
  let kept: KeptBag;
  try {
    const inside = await openBag(copied.folder, deps.identity, to, {
      files,
      work: copied.work,
      world: deps.world,
      signal: deps.signal,
    });
    const inventory = await inventoryOf(files, to);
    requireOwn(inventory, facts, about);
    const snapshots = await proveAll({ ...deps, scratch: archive.at.scratch }, to, inside, inventory);
    deps.onProgress(2 * copied.bytes);
    await deps.myTurn;
    const info = Buffer.from(await files.read(join(copied.folder, 'bag-info.txt'), 1024 * 1024)).toString();
    kept = await recorded(deps, looked, { ...place, inventory, snapshots, info });
  } catch (thrown) {
    await files.remove(to);
    throw thrown;
  }
  // From here on it is recorded: what fails now is finished when the archive is opened next.
  await settle(files, archive, kept);
  await releaseAside(deps, looked);
  return {
    ...(await receivedBag(deps, looked, kept, 'new')),
    ...(await pushMetrics(deps, archive, kept)),
    ...(await sendCopy(deps, archive.index, copied, kept)),
  };
}

/** An export is one content for ever: whoever sends other content under its id plays a trick, or a disk is dying. */
function refuseOther({ index }: Archive, looked: LookedAt): void {
  const known = index.read(db => bagByExport(db, looked.facts.export));
  if (known && known.tagmanifestSha256 !== looked.tagmanifestSha256)
    throw refusal(
      'refused',
      `Export ${known.export} was received on ${known.receivedAt.slice(0, 10)} with other content.`,
      looked.folder,
      'Keep the stick, and ask the site what happened. What was received before stays.',
    );
}

function requireOwn(
  inventory: BagInventory | undefined,
  facts: BagFacts,
  about: string,
): asserts inventory is BagInventory {
  if (inventory && inventory.site.id === facts.site && inventory.export === facts.export) return;
  throw refusal(
    'damaged',
    inventory
      ? 'The inventory inside is of another site or export than the bag says.'
      : 'Its inventory cannot be read.',
    about,
    otherCopy,
  );
}

interface Found {
  readonly folder: string;
  readonly inventory: BagInventory;
  readonly snapshots: readonly KeptBagSnapshot[];
  readonly info: string;
}

async function recorded(
  { archive, clock, world, signer }: Taking,
  looked: LookedAt,
  { folder, inventory, snapshots, info }: Found,
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
    at: inventory.at || `${bagInfoField(info, 'Bagging-Date') ?? '1970-01-01'}T00:00:00.000Z`,
    receivedAt: receipt.receivedAt,
    late: receipt.late,
    verdict: receipt.verdict,
    says: receipt.says,
    receipt: text,
    signature: await signed(Buffer.from(text), signer, receiptComment(receipt)),
    folder,
    settled: false,
  };
  // Two contents under one id may have been opened side by side; the first that gets here is the export.
  archive.index.write(db => {
    if (bagByExport(db, kept.export)) return;
    recordBag(db, kept, snapshots);
  });
  refuseOther(archive, looked);
  return kept;
}

/** The same receipt once more, byte for byte; signed anew where headquarters has another receipt key by now. */
async function issuedAgain(deps: Taking, looked: LookedAt, known: KeptBag): Promise<ReceivedBag> {
  const { archive, signer, files } = deps;
  const receipt = JSON.parse(known.receipt) as Receipt;
  const signature = await signed(Buffer.from(known.receipt), signer, receiptComment(receipt));
  if (signature !== known.signature) archive.index.write(db => signAgain(db, known.export, signature));
  const kept = { ...known, signature };
  await settle(files, archive, kept);
  await releaseAside(deps, looked);
  return {
    ...(await receivedBag(deps, looked, kept, 'again')),
    ...(await pushMetrics(deps, archive, kept)),
  };
}

/** What is told of a bag that was not taken in. */
export function notTaken(bag: string, thrown: FieldError, looked?: LookedAt): ReceivedBag {
  const { says, next, code } = thrown.failure;
  return {
    bag,
    is: 'refused',
    says,
    code,
    ...(next === undefined ? {} : { next }),
    ...(looked ? claims(looked) : {}),
  };
}

import { join } from 'node:path';
import type { FieldError } from '../../../preload/contract/failure.ts';
import type { ReceivedBag } from '../../../preload/contract/supply/hq.ts';
import { archiveName } from '../../core/hq/bag-facts.ts';
import type { BagFacts } from '../../core/hq/bag-facts.ts';
import type { BagInventory } from '../../core/hq/inventory.ts';
import { signed } from '../../core/minisign.ts';
import type { SecretKey } from '../../core/minisign.ts';
import type { Secret } from '../../core/secret.ts';
import { receiptComment } from '../../core/supply/receipt.ts';
import type { Receipt } from '../../core/supply/receipt.ts';
import { bagByTagmanifest, signAgain } from '../../store/hq/bags.ts';
import type { KeptBag } from '../../store/hq/bags.ts';
import { openBag } from '../supply/open-bag.ts';
import { quarantined, releaseAside } from './aside.ts';
import { openingOf, settle } from './archive.ts';
import type { Archive } from './archive.ts';
import { copyIn } from './copy.ts';
import type { CopiedBag } from './copy.ts';
import type { HqDeps } from './deps.ts';
import { lookAt, otherCopy, refusal } from './look.ts';
import type { LookedAt } from './look.ts';
import { pushMetrics } from './push-metrics.ts';
import { unpackMetrics } from './unpack-metrics.ts';
import { inventoryOf, proveAll } from './prove.ts';
import { recorded, refuseOther } from './record.ts';
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
    await unpackMetrics(files, join(to, 'metrics'));
    const inventory = await inventoryOf(files, to);
    requireOwn(inventory, facts, about);
    const snapshots = await proveAll({ ...deps, scratch: archive.at.scratch }, to, inside, inventory);
    deps.onProgress(2 * copied.bytes);
    await deps.myTurn;
    kept = await recorded(deps, looked, { ...place, inventory, snapshots });
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

import type { Export, Snapshot } from '../../../preload/contract/domain.ts';
import type { CatalogueEntry, CopyPlace, KeptProof } from '../../../preload/contract/snapshots/proof.ts';
import { isProven } from './verdict.ts';

/** What is known of the copies of one snapshot. */
export interface CopiesKnown {
  /** The laptop's file is there. */
  readonly isHere: boolean;
  /** What the node had when it was listed last. */
  readonly listing: { readonly at: string; readonly names: readonly string[] } | undefined;
  /** Bags that were written with it, newest first. */
  readonly exports: readonly Export[];
  readonly proof: KeptProof | undefined;
  /** When headquarters received a bag it restores from, by its signed receipt. */
  readonly confirmedAt?: string | undefined;
}

function onLaptop(isHere: boolean, proven: boolean, { proof }: CopiesKnown): CopyPlace {
  if (!isHere) return { where: 'laptop', is: 'gone', says: 'The file is gone from this laptop.' };
  if (proven)
    return {
      where: 'laptop',
      is: 'proven',
      says: 'On this laptop, proven.',
      ...(proof ? { at: proof.proof.at } : {}),
    };
  return { where: 'laptop', is: 'seen', says: proof?.stale ?? 'On this laptop, not proven.' };
}

/** Nobody asks the node anew for a list: what was seen last is told with its date. */
function onNode({ name, nodeName, pulledAt }: Snapshot, { listing }: CopiesKnown): CopyPlace {
  if (!listing || listing.at < pulledAt)
    return {
      where: 'node',
      is: 'seen',
      says: `On ${nodeName} when it was pulled; not looked at since.`,
      at: pulledAt,
    };
  return listing.names.includes(name)
    ? { where: 'node', is: 'seen', says: `On ${nodeName} when it was listed last.`, at: listing.at }
    : {
        where: 'node',
        is: 'gone',
        says: `No longer on ${nodeName}: its retention has dropped it.`,
        at: listing.at,
      };
}

/**
 * A bag holds the bytes that were hashed when it was sealed. It counts as a proven copy when those were proven and the
 * bag was read back from the medium itself: a folder, or a reading out of the laptop’s memory, is no second copy.
 */
function onStick({ path, at, check }: Export, isContentProven: boolean): CopyPlace {
  if (!check.complete)
    return { where: 'stick', is: 'seen', says: `In a bag that was not complete: ${path}`, at };
  if (check.readBack !== 'from-medium')
    return {
      where: 'stick',
      is: 'seen',
      says: `Sealed in ${path}; it was not read back from a medium of its own.`,
      at,
    };
  return isContentProven
    ? {
        where: 'stick',
        is: 'proven',
        says: `Sealed in ${path}, read back from the medium when it was written.`,
        at,
      }
    : { where: 'stick', is: 'seen', says: `Sealed in ${path}; this snapshot is not proven.`, at };
}

/** What is known of headquarters' copy: a signed receipt that says it restores, a courier on the way, or nothing. */
function atHeadquarters({ confirmedAt, exports }: CopiesKnown): CopyPlace {
  if (confirmedAt !== undefined)
    return {
      where: 'headquarters',
      is: 'proven',
      says: `Confirmed: headquarters opened and proved it on ${confirmedAt.slice(0, 10)}.`,
      at: confirmedAt,
    };
  if (exports.some(each => each.state === 'not-restorable'))
    return {
      where: 'headquarters',
      is: 'unknown',
      says: 'It arrived, and headquarters says that its bag does not restore. Export it again.',
    };
  const left = exports
    .flatMap(each => each.copies.flatMap(copy => copy.leftAt ?? []))
    .toSorted()
    .at(0);
  return {
    where: 'headquarters',
    is: 'unknown',
    says:
      left === undefined
        ? 'Nothing is known until a receipt from headquarters comes back.'
        : `Unconfirmed since ${left.slice(0, 10)}, when a courier left with it.`,
  };
}

function sentence(isHere: boolean, proven: boolean, others: readonly CopyPlace[]): string {
  const [headquarters] = others.filter(each => each.where === 'headquarters' && each.is === 'proven');
  if (headquarters) return `Another proven copy is known: ${headquarters.says}`;
  if (!isHere) return 'The file is gone from this laptop, and no other proven copy is known.';
  const stick = others.find(each => each.is === 'proven');
  if (stick) return `Keep it until the receipt comes: ${stick.says} A stick may be lost on its way.`;
  return proven
    ? 'This is the last proven copy that is known. Keep it.'
    : 'No proven copy of this snapshot is known. Prove it before you rely on it.';
}

/** A snapshot of the catalogue with all its copies. Pure: what is known comes in, what it means comes out. */
export function catalogueEntry(snapshot: Snapshot, known: CopiesKnown): CatalogueEntry {
  const { proof, isHere } = known;
  // A proof of other bytes says nothing about those that went into the bags.
  const isContentProven =
    proof !== undefined && isProven(proof.proof.verdict) && proof.proof.sha256 === snapshot.sha256;
  const proven = isHere && isContentProven && proof?.stale === undefined;
  const sticks = known.exports.map(each => onStick(each, isContentProven));
  const headquarters = atHeadquarters(known);
  const others = [...sticks, headquarters];
  // Only a receipt frees a copy: a stick on its way may never arrive.
  const mayRemove = headquarters.is === 'proven';
  return {
    snapshot,
    ...(proof
      ? {
          proof: {
            verdict: proof.proof.verdict,
            says: proof.proof.says,
            at: proof.proof.at,
            ...(proof.stale === undefined ? {} : { stale: proof.stale }),
          },
        }
      : {}),
    copies: [onLaptop(isHere, proven, known), onNode(snapshot, known), ...others],
    isLastProven: proven && !others.some(each => each.is === 'proven'),
    mayRemove,
    says: sentence(isHere, proven, others),
  };
}

/** Proven snapshots of a site that pruning never touches, whatever is confirmed. */
export const keptProven = 3;

/** What pruning takes off this laptop, and what it leaves with the reason. Entries are of one site. */
export interface Pruning {
  readonly remove: readonly CatalogueEntry[];
  readonly keep: readonly { readonly entry: CatalogueEntry; readonly says: string }[];
}

/** Only what headquarters confirmed goes, and never one of the last proven ones. */
export function pruning(entries: readonly CatalogueEntry[]): Pruning {
  const newestFirst = entries.toSorted((a, b) => b.snapshot.savedAt.localeCompare(a.snapshot.savedAt));
  const proven = (entry: CatalogueEntry): boolean =>
    entry.copies.some(copy => copy.where === 'laptop' && copy.is === 'proven');
  const last = new Set(newestFirst.filter(proven).slice(0, keptProven));
  const why = (entry: CatalogueEntry): string | undefined => {
    if (last.has(entry)) return `One of the last ${keptProven} proven ones.`;
    return entry.mayRemove ? undefined : entry.says;
  };
  return {
    remove: newestFirst.filter(entry => why(entry) === undefined),
    keep: newestFirst.flatMap(entry => {
      const says = why(entry);
      return says === undefined ? [] : [{ entry, says }];
    }),
  };
}

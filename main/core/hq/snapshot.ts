import type { MeasuredSnapshot } from '../snapshot-proof/measured.ts';
import { proofOf } from '../snapshot-proof/proof.ts';
import { isProven } from '../snapshot-proof/verdict.ts';
import type { KnownSite } from '../snapshot-proof/context.ts';

/** A snapshot of a bag after it was proven at headquarters. */
export interface KeptBagSnapshot {
  readonly id: string;
  readonly name: string;
  /** Empty when nothing says it. */
  readonly savedAt: string;
  readonly sha256: string;
  readonly restorable: boolean;
  readonly says: string;
}

/** What the signed inventory says of a snapshot. */
export interface Entry {
  readonly id: string;
  readonly name: string;
  readonly savedAt?: string;
  readonly sha256?: string;
  readonly nodeName?: string;
}

/**
 * The same proof as `snapshot prove` makes at the site, with what came in the bag: its tokens, the hash that the signed
 * inventory records, the CAs its servers are known by. Bundles stay at the site, so a whole site is never promised here.
 */
export function provenHere(
  measured: MeasuredSnapshot,
  { entry, site, path, at }: { entry: Entry; site: KnownSite; path: string; at: Date },
): KeptBagSnapshot {
  const { verdict, says } = proofOf(measured, {
    at,
    path,
    tokenGiven: false,
    claimed: site,
    sites: [site],
    ...(entry.savedAt === undefined ? {} : { savedAt: entry.savedAt }),
    ...(entry.sha256 === undefined
      ? {}
      : {
          reference: {
            sha256: entry.sha256,
            from: `recorded on ${entry.nodeName ?? 'the node'} and signed by the laptop`,
          },
        }),
    supplyRunDays: 366,
    bundles: [],
    images: { is: 'not-compared', because: 'The bundles are at the site.' },
    configurationOf: [],
  });
  return {
    id: entry.id,
    name: entry.name,
    savedAt: entry.savedAt ?? '',
    sha256: measured.sha256,
    restorable: isProven(verdict),
    says: isProven(verdict) ? 'The cluster’s state can be restored from it.' : says,
  };
}

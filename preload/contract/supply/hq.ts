import { call } from '../call.ts';
import type { Instant, Sha256 } from '../domain.ts';
import type { FailureCode } from '../failure.ts';
import type { ExportId, SiteId } from '../ids.ts';
import { filled, list, optional, shape, whole } from '../parse.ts';

/**
 * What became of one bag. `received`: taken in, its receipt written · `again`: known already, the receipt was written once
 * more · `not-restorable`: taken in, but a snapshot does not restore; the receipt says so and frees nothing ·
 * `quarantined`: signed by a key nobody enrolled, or not at all; nothing was opened · `refused`: damaged, foreign, practice,
 * or an export id that came before with other content.
 */
export type ReceivedIs = 'received' | 'again' | 'not-restorable' | 'quarantined' | 'refused';

export interface ReceivedBag {
  readonly bag: string;
  readonly is: ReceivedIs;
  readonly says: string;
  readonly next?: string;
  /** Why it was refused. */
  readonly code?: FailureCode;
  /** What the receipt says. */
  readonly verdict?: 'received' | 'not-restorable';
  readonly site?: SiteId;
  /** As the inventory inside names it. */
  readonly siteName?: string;
  readonly export?: ExportId;
  readonly counter?: number;
  readonly laptopKey?: string;
  readonly late?: boolean;
  /** The site's clock was doubtful: its dates may be wrong, its counter is not. */
  readonly clockDoubtful?: true;
  /** The receipt in the archive, to be put on the stick that goes back. */
  readonly receipt?: string;
  /** Where it was written beside the bag as well, on the stick the bag lies on. */
  readonly receiptOnStick?: string;
  /** Where its contents were unpacked to. */
  readonly unpacked?: string;
  readonly snapshots?: readonly ReceivedSnapshot[];
  /** Metrics that were sent on, where that was asked for and the bag carries some. */
  readonly metrics?: {
    readonly to: string;
    readonly is: 'done' | 'failed';
    readonly samples: number;
    readonly says: string;
  };
  /** The sealed copy in a store, where one was asked for. A copy that failed takes nothing back of the rest. */
  readonly copy?: { readonly to: string; readonly is: 'done' | 'failed'; readonly says: string };
  readonly problems?: readonly string[];
}

export interface ReceivedSnapshot {
  readonly id: string;
  readonly name: string;
  readonly sha256: Sha256;
  readonly is: 'restorable' | 'not-restorable';
  readonly says: string;
}

export interface HqReceived {
  readonly bags: readonly ReceivedBag[];
  /** Of them those that are in the archive now, with a receipt: received, again, or not restorable. */
  readonly received: number;
  /** All others. */
  readonly refused: number;
  readonly warnings: readonly string[];
}

export interface EnrolledLaptop {
  /** minisign key id. */
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly enrolledAt: Instant;
  /** What it signs is not opened after this moment. */
  readonly until?: Instant;
}

export interface HqSite {
  readonly site: SiteId;
  readonly name: string;
  readonly exports: number;
  /** By the site's clock; `doubtful` where the site itself did not believe it. The order of exports is their counters'. */
  readonly lastAt: Instant;
  readonly doubtful?: true;
  readonly lastReceivedAt: Instant;
  /** The newest snapshot that restores, by when it was saved. */
  readonly newestRestorable?: { readonly id: string; readonly name: string; readonly savedAt: Instant };
  /** Counters of a laptop that never came: a stick on its way, or lost. */
  readonly missing: readonly { readonly laptopKey: string; readonly counter: number }[];
}

export interface HqStatus {
  readonly at: string;
  readonly sites: readonly HqSite[];
  readonly laptops: readonly EnrolledLaptop[];
  /** Folders of sealed bags that nobody known signed. */
  readonly quarantined: readonly string[];
  readonly warnings: readonly string[];
}

/** A key list that was signed with the offline root key. */
export interface SignedKeyList {
  readonly list: string;
  readonly signature: string;
  readonly serial: number;
  /** Id of the root key. */
  readonly rootKey: string;
  /** The keys in it, a line each. */
  readonly keys: readonly string[];
  /** How both files must be called on a stick. */
  readonly name: string;
}

export const hqCalls = {
  /**
   * Takes in bags: checks every hash, the signature against the enrolled laptops, opens them, proves the snapshots, and
   * signs a receipt for each. `identity` and `signKey` are files on this machine; `to` is the archive, made when missing.
   */
  'hq.receive': call<HqReceived>()(
    shape({
      bags: list(filled),
      identity: filled,
      signKey: filled,
      to: filled,
      atOnce: optional(whole(1, 16)),
      /** An S3-compatible store that keeps the sealed bags too: `s3://bucket/folder`, its address, a file with its keys. */
      copy: optional(shape({ to: filled, endpoint: filled, credentials: filled })),
      /** Prometheus' address for remote write: metrics of the bags are sent there as well. */
      push: optional(filled),
    }),
  ),
  /**
   * Enrols a laptop's signing key (a `.pub` file) at an archive, before it travels. Once more: another name, another end.
   * `until` is a date; one that is past takes the laptop off.
   */
  'hq.enroll': call<EnrolledLaptop>()(
    shape({ at: filled, key: filled, name: filled, until: optional(filled) }),
  ),
  'hq.status': call<HqStatus>()(shape({ at: filled })),
  /** Signs a key list with headquarters' root key, after every key in it was checked. */
  'hq.signKeys': call<SignedKeyList>()(shape({ list: filled, rootKey: filled })),
} as const;

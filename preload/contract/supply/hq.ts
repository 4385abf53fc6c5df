import { call } from '../call.ts';
import type { Instant, Sha256 } from '../domain.ts';
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
  readonly site?: SiteId;
  readonly export?: ExportId;
  readonly counter?: number;
  readonly laptopKey?: string;
  readonly late?: boolean;
  /** The receipt, to be put on the stick that goes back; it lies beside the bag already where that can be written. */
  readonly receipt?: string;
  /** Where its contents were unpacked to. */
  readonly unpacked?: string;
  readonly snapshots?: readonly ReceivedSnapshot[];
  readonly problems?: readonly string[];
}

export interface ReceivedSnapshot {
  readonly id: string;
  readonly sha256: Sha256;
  readonly is: 'restorable' | 'not-restorable';
  readonly says: string;
}

export interface HqReceived {
  readonly bags: readonly ReceivedBag[];
  readonly received: number;
  readonly refused: number;
}

export interface EnrolledLaptop {
  /** minisign key id. */
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly enrolledAt: Instant;
}

export interface HqSite {
  readonly site: SiteId;
  readonly name: string;
  readonly exports: number;
  readonly lastAt: Instant;
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
  readonly quarantined: readonly string[];
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
    }),
  ),
  /** Enrols a laptop's signing key (a `.pub` file) at an archive, before it travels. */
  'hq.enroll': call<EnrolledLaptop>()(shape({ at: filled, key: filled, name: filled })),
  'hq.status': call<HqStatus>()(shape({ at: filled })),
} as const;

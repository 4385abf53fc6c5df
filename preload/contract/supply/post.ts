import { call } from '../call.ts';
import type { Instant } from '../domain.ts';
import { siteId } from '../ids.ts';
import type { SiteId } from '../ids.ts';
import { filled, optional, shape } from '../parse.ts';
import type { ReceiptSeen } from './exports.ts';

/** A note of headquarters, kept on this laptop after its signature was checked. */
export interface HqNote {
  readonly id: string;
  /** Absent: for every site. */
  readonly site?: SiteId;
  readonly at: Instant;
  readonly title: string;
  readonly text: string;
  /** minisign id of the receipt key that signed it. */
  readonly key: string;
  readonly takenAt: Instant;
  readonly readAt?: Instant;
}

/**
 * What headquarters sent on a stick. Receipts and notes are taken, because they only add; a key list and a bundle wait for
 * the technician's word.
 */
export interface PostTaken {
  readonly receipts: readonly ReceiptSeen[];
  readonly notes: readonly {
    readonly path: string;
    readonly is: 'new' | 'known' | 'refused';
    readonly note?: HqNote;
    readonly says: string;
  }[];
  readonly keyLists: readonly {
    readonly path: string;
    readonly is: 'newer' | 'known' | 'refused';
    readonly serial?: number;
    readonly changes: readonly string[];
    readonly says: string;
  }[];
  readonly bundles: readonly { readonly path: string; readonly name: string }[];
}

/** What headquarters put onto a stick. */
export interface PostWritten {
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
  /** Files that were left out because the site has them, and their bytes. */
  readonly leftOut: readonly string[];
  readonly leftOutBytes: number;
}

export const postCalls = {
  /** Takes receipts and notes off a stick or folder, and says which key lists and bundles lie there. Changes nothing on it. */
  'post.take': call<PostTaken>()(shape({ from: filled })),
  /** Newest first. */
  'post.notes': call<readonly HqNote[]>()(shape({ site: optional(siteId) })),
  'post.read': call<HqNote>()(shape({ note: filled })),
  /** At headquarters: writes a signed note onto a stick. `signKey` is the receipt key's file. */
  'hq.note': call<PostWritten>()(
    shape({ to: filled, signKey: filled, title: filled, text: filled, site: optional(siteId) }),
  ),
  /**
   * At headquarters: puts a signed bundle onto a stick, without the files that the site had by its last export in the
   * archive. Throws `bad-signature`, `damaged`, `space-short`.
   */
  'hq.bundle': call<PostWritten>()(
    shape({ to: filled, bundle: filled, at: optional(filled), site: optional(siteId) }),
  ),
} as const;

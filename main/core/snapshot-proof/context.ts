import type { Arch, Instant } from '../../../preload/contract/domain.ts';
import type { SiteId, SnapshotId } from '../../../preload/contract/ids.ts';

/** A site of this laptop, and the server CAs it is known by. */
export interface KnownSite {
  readonly id: SiteId;
  readonly name: string;
  readonly caHashes: readonly string[];
}

/** A complete bundle in the vault. */
export interface KnownBundle {
  readonly k3sVersion: string;
  readonly arches: readonly Arch[];
}

/** How the images of the snapshot were compared with the bundle of its version. */
export type ImagesCompared =
  | { readonly is: 'compared'; readonly k3sVersion: string; readonly missing: readonly string[] }
  | { readonly is: 'not-compared'; readonly because: string };

/** What the laptop knows beside the file; the proof measures the file against it. */
export interface ProofContext {
  readonly at: Date;
  readonly path: string;
  readonly snapshot?: SnapshotId;
  /** The hash the file must have, and whose word that is: “recorded on cp-1 when it was pulled”. */
  readonly reference?: { readonly sha256: string; readonly from: string };
  /** The technician gave the token; else those of the vault were tried. */
  readonly tokenGiven: boolean;
  /** The site the catalogue says it is of. */
  readonly claimed?: KnownSite;
  readonly sites: readonly KnownSite[];
  /** When it was saved, as the node or its name says. */
  readonly savedAt?: Instant;
  readonly supplyRunDays: number;
  /** The node it came from, as it runs now. */
  readonly target?: { readonly name: string; readonly k3sVersion: string };
  readonly bundles: readonly KnownBundle[];
  readonly images: ImagesCompared;
  /** Copies of the servers' configuration on this laptop: names of the nodes that have one. */
  readonly configurationOf: readonly string[];
}

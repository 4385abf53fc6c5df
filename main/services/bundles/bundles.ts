import type { Arch, Bundle } from '../../../preload/contract/domain.ts';
import type { BundleId } from '../../../preload/contract/ids.ts';

/** A file in the vault, already verified; `path` is on the laptop. */
export interface VaultFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What one node of one architecture needs for an install. */
export interface Delivery {
  readonly k3sVersion: string;
  readonly binary: VaultFile;
  /** The smallest image archive the bundle carries for the architecture; put in place as it is, never unpacked. */
  readonly images: VaultFile;
  readonly installScript: VaultFile;
}

/** An archive in the vault that may hold images. */
export interface BundleArchive extends VaultFile {
  /** Absent for what came with the bundle without being part of K3s. */
  readonly arch?: Arch;
}

/** What other services may ask about bundles. */
export interface Bundles {
  /** Throws `no-such-thing`. */
  get(id: BundleId): Bundle;
  all(): readonly Bundle[];
  /**
   * Throws `bundle-incomplete` when something needed is missing or damaged, `consent-needed` when the origin is unknown
   * and nobody consented, `practice-only` when a practice bundle is meant for a real node.
   */
  delivery(id: BundleId, arch: Arch, to: { readonly practice: boolean }): Delivery;
  /**
   * The archives of a bundle that may hold images, sound ones only: the smallest of each architecture, and what came
   * with it that is packed like one. Throws `no-such-thing`.
   */
  archives(id: BundleId): readonly BundleArchive[];
}

import { call } from '../call.ts';
import type { BreakGlass, Instant } from '../domain.ts';
import { siteId } from '../ids.ts';
import type { SiteId } from '../ids.ts';
import { filled, nothing, optional, shape } from '../parse.ts';

/** A key as it is compared over the telephone or on paper. */
export interface KeyShown {
  /** minisign: 16 hex digits. age: the recipient itself. */
  readonly id: string;
  /** The public half, as it stands in a file. */
  readonly key: string;
  readonly name?: string;
  readonly since?: Instant;
  /** Not to be used after this moment. */
  readonly until?: Instant;
}

/** What headquarters' offline root key signed last. */
export interface KeyListShown {
  readonly serial: number;
  readonly at: Instant;
  readonly bundleKeys: readonly KeyShown[];
  readonly receiptKeys: readonly KeyShown[];
  readonly recipients: readonly KeyShown[];
}

export interface SiteKeys {
  readonly site: SiteId;
  readonly name: string;
  readonly recipients: readonly string[];
  readonly breakGlass?: BreakGlass;
}

export interface KeysShown {
  /** The key that signs this laptop's bags; absent until it was made. */
  readonly laptop?: KeyShown;
  readonly earlierLaptopKeys: readonly KeyShown[];
  /** Headquarters' root key, pinned before travel. */
  readonly root?: KeyShown;
  readonly list?: KeyListShown;
  readonly sites: readonly SiteKeys[];
  /** What is missing before the first export, in sentences. */
  readonly missing: readonly string[];
}

/** What trusting a file would change, each with its fingerprint. */
export interface TrustOffer {
  readonly is: 'root' | 'list';
  /** What has to be typed to accept it: the root key's id. Absent for a list, which the root key vouches for. */
  readonly typed?: string;
  readonly serial?: number;
  readonly changes: readonly string[];
}

/** Shown once, for the safe. */
export interface BreakGlassPaper {
  readonly recipient: string;
  /** `AGE-SECRET-KEY-1…`; kept nowhere. */
  readonly identity: string;
  /** The identity as a QR code: rows of modules, dark is true, without a quiet zone. */
  readonly qr: readonly (readonly boolean[])[];
}

export interface BreakGlassDrill {
  readonly says: string;
  /** The snapshot that was opened with the paper and proven. */
  readonly snapshot: string;
}

export const keyCalls = {
  'keys.show': call<KeysShown>()(nothing),
  /** Makes the laptop's signing key if there is none. */
  'keys.make': call<KeysShown>()(nothing),
  /** Reads a root key or a signed key list and says what it would change; changes nothing. */
  'keys.look': call<TrustOffer>()(shape({ path: filled })),
  /** Takes it. A root key needs its id typed. Throws `bad-signature`, `refused` for a lower serial. */
  'keys.trust': call<TrustOffer>()(shape({ path: filled, typed: optional(filled) })),
  /** Makes a new signing key; the old one is kept for what it signed. Headquarters has to enrol the new one. */
  'keys.rotate': call<KeysShown>()(nothing),
  /**
   * Makes the key for the safe and gives it once. `typed` is the site's name where there is one already: earlier bags stay
   * openable with the earlier paper only.
   */
  'breakglass.make': call<BreakGlassPaper>()(shape({ site: siteId, typed: optional(filled) })),
  /** Opens the newest bag of the site on a stick with what stands on the paper, proves its snapshot, and keeps nothing. */
  'breakglass.drill': call<BreakGlassDrill>()(shape({ site: siteId, bag: filled, identity: filled })),
} as const;

import type { Instant, Sha256, SiteNode } from '../../../../preload/contract/domain.ts';
import type { MachineId, NodeId, SiteId } from '../../../../preload/contract/ids.ts';
import type {
  MachineCertificate,
  MachineEvent,
  MachineKind,
  MachineMark,
  MachineService,
} from '../../../../preload/contract/scan.ts';
import type { Sighting } from '../sighting.ts';

/** All that is kept of one machine between scans. */
export interface KnownMachine {
  readonly id: MachineId;
  readonly name: string;
  readonly kind: MachineKind;
  /** Of the CA it showed last, and whether it proved to hold a certificate of it. */
  readonly caHash?: Sha256;
  readonly proves: boolean;
  /** Its kubelet names a CA that did not sign its certificate. */
  readonly forged?: boolean;
  /** The CA that signed for its kubelet or its API, by name: `k3s-server-ca@…`. */
  readonly issuer?: string;
  readonly node?: NodeId;
  readonly addresses: readonly {
    readonly address: string;
    readonly now: boolean;
    readonly firstSeen: Instant;
    readonly lastSeen: Instant;
  }[];
  readonly ssh?: { readonly address: string; readonly port: number };
  readonly serial?: string;
  readonly marks: readonly MachineMark[];
  /** Cards of other machines that answered for one of its addresses. */
  readonly rivals: readonly string[];
  readonly services: readonly MachineService[];
  readonly certificates: readonly MachineCertificate[];
  readonly names: readonly string[];
  readonly clockOffsetSeconds?: number;
  readonly vip?: string;
  readonly firstSeen: Instant;
  readonly lastSeen: Instant;
  readonly here: boolean;
  /** Newest first. */
  readonly events: readonly MachineEvent[];
}

/** What one scan brought home. */
export interface Visit {
  readonly at: Instant;
  readonly sightings: readonly Sighting[];
  /** CIDRs and addresses that were asked to the end: who was there before and did not answer is missing. */
  readonly asked: readonly string[];
  /** Serial ports that are plugged in; `title` is what a person would call them. */
  readonly serial: readonly { readonly port: string; readonly node?: NodeId; readonly title?: string }[];
}

/** What machines are matched against. */
export interface Ground {
  readonly sites: readonly {
    readonly id: SiteId;
    readonly name: string;
    readonly caHashes: readonly Sha256[];
  }[];
  readonly nodes: readonly SiteNode[];
  /** The same id for the same key, for as long as one scan goes on. */
  idFor(key: string): MachineId;
}

import { call, feed } from './call.ts';
import type { Instant, Progress, Sha256 } from './domain.ts';
import type { Failure } from './failure.ts';
import { machineId, siteId } from './ids.ts';
import type { MachineId, NodeId, SiteId } from './ids.ts';
import { filled, flag, list, nothing, oneOf, optional, shape, whole } from './parse.ts';

/** One network interface of this laptop. */
export interface Wire {
  readonly name: string;
  readonly mac?: string;
  readonly kind: 'cable' | 'wireless' | 'virtual';
  /** Whether something is plugged in at the other end; absent where the system does not tell. */
  readonly plugged?: boolean;
  /** With their prefix: `10.0.1.7/24`, `fe80::1/64`. */
  readonly addresses: readonly string[];
}

/** A network this laptop is in, as proposed for a scan. */
export interface LaptopNetwork {
  readonly wire: string;
  /** `10.0.1.0/24`; for link-local IPv6 `fe80::/64%eth0`, which is asked with one packet to all nodes, not address by address. */
  readonly cidr: string;
  /** The laptop's own address in it. */
  readonly address: string;
  /** Addresses a scan knocks at. */
  readonly hosts: number;
  /** False for what is no site's network, or too wide; `why` then says so. */
  readonly proposed: boolean;
  readonly why?: string;
  /** Whether the technician opted into the fast mode here, and what is left out (single addresses and CIDRs). */
  readonly fast: boolean;
  readonly exclude: readonly string[];
}

/** What to do on a cable that leads straight to a node, or to a network without DHCP. */
export interface CableAdvice {
  readonly wire: string;
  /** What was seen, in one sentence. */
  readonly says: string;
  readonly steps: readonly { readonly says: string; readonly command?: string }[];
  /** How the laptop is put back as it was. */
  readonly undo?: string;
}

export interface LanNow {
  readonly wires: readonly Wire[];
  readonly networks: readonly LaptopNetwork[];
  readonly advice: readonly CableAdvice[];
}

/** What a machine is, as far as it shows without a login. */
export type MachineKind =
  | 'k3s-server'
  | 'k3s-agent'
  /** Something of K3s, but it does not show which. */
  | 'k3s'
  | 'rke2'
  | 'kubernetes'
  | 'talos'
  | 'registry'
  | 'ssh'
  | 'serial'
  | 'other'
  /** It is there, but no port of those asked answers. */
  | 'closed';

/** One port of a machine and what stands behind it. */
export interface MachineService {
  readonly port: number;
  readonly state: 'open' | 'closed' | 'silent';
  readonly what:
    | 'ssh'
    | 'k3s-api'
    | 'kube-api'
    | 'rke2-supervisor'
    | 'kubelet'
    | 'etcd-client'
    | 'etcd-peer'
    | 'node-exporter'
    | 'registry'
    | 'talos'
    | 'ser2net'
    | 'other';
  /** One line: the banner, the certificate's name, why it is silent. Without control characters. */
  readonly says: string;
  /** It accepted, and then did not talk as such a port does: a tarpit, garbage, another protocol. */
  readonly strange?: boolean;
}

/** A certificate seen from outside. */
export interface MachineCertificate {
  readonly port: number;
  readonly subject: string;
  readonly issuer: string;
  readonly sha256: Sha256;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
}

/** Something by which a machine is known again. */
export type MarkKind = 'host-key' | 'machine-id' | 'mac' | 'kubelet' | 'serial';
export interface MachineMark {
  readonly kind: MarkKind;
  /** `SHA256:…`, 32 hex digits, `aa:bb:…`, the name within its cluster, the port. */
  readonly value: string;
  readonly firstSeen: Instant;
  readonly lastSeen: Instant;
}

/** Which cluster a machine belongs to. */
export type MachineCluster =
  /** A handshake proved that it holds a certificate of this CA, and the CA is one of the site's. */
  | { readonly is: 'yours'; readonly site: SiteId; readonly caHash?: Sha256 }
  /** It is a node added at this site, known again by a mark, though it shows no cluster. */
  | { readonly is: 'known'; readonly site: SiteId }
  /** A cluster no site of this laptop knows. */
  | { readonly is: 'unknown'; readonly caHash?: Sha256 }
  /** It shows a CA of one of the sites but holds no certificate of it. */
  | { readonly is: 'claims'; readonly site: SiteId; readonly caHash: Sha256 }
  | { readonly is: 'none' };

/** Something about a machine worth saying. */
export interface MachineNote {
  readonly tone: 'good' | 'info' | 'warn' | 'bad';
  readonly says: string;
  readonly next?: string;
}

/** Something that happened to a machine between two looks. */
export interface MachineEvent {
  readonly at: Instant;
  readonly what:
    | 'found'
    | 'address-changed'
    | 'host-key-changed'
    | 'reinstalled'
    | 'renamed'
    | 'cluster-changed'
    | 'missing'
    | 'back';
  readonly says: string;
}

export interface Machine {
  readonly id: MachineId;
  /** The best name known: the node's, the kubelet's, the one it announces, its address. */
  readonly name: string;
  readonly kind: MachineKind;
  readonly cluster: MachineCluster;
  /** The node of this laptop's list that it is. */
  readonly node?: NodeId;
  /** By which it answers now first, then the earlier ones. */
  readonly addresses: readonly {
    readonly address: string;
    readonly now: boolean;
    readonly firstSeen: Instant;
    readonly lastSeen: Instant;
  }[];
  /** Where it can be connected to: SSH's address and port, the serial port. */
  readonly ssh?: { readonly address: string; readonly port: number };
  readonly serial?: string;
  readonly marks: readonly MachineMark[];
  readonly services: readonly MachineService[];
  readonly certificates: readonly MachineCertificate[];
  /** Names it gives itself: mDNS, certificates. */
  readonly names: readonly string[];
  /** Its clock less the laptop's, in seconds, from an HTTP `Date`; whole seconds at best. */
  readonly clockOffsetSeconds?: number;
  /** Answers as the control plane's shared address besides its own. */
  readonly vip?: string;
  readonly firstSeen: Instant;
  readonly lastSeen: Instant;
  /** Whether the newest scan that asked where it was last seen found it. */
  readonly here: boolean;
  readonly notes: readonly MachineNote[];
  /** Newest first. */
  readonly events: readonly MachineEvent[];
}

/** Two things that cannot both be true of one machine, or one thing true of two. Never merged away. */
export interface Conflict {
  readonly what:
    | 'one-address-two-machines'
    | 'one-name-two-machines'
    | 'one-key-two-machines'
    | 'one-machine-id-two-machines'
    | 'another-machine';
  readonly about: string;
  readonly machines: readonly MachineId[];
  readonly says: string;
  readonly next: string;
}

/** Servers, agents and whether etcd has its majority, of one cluster. */
export interface Topology {
  readonly site?: SiteId;
  readonly caHash?: Sha256;
  readonly servers: readonly MachineId[];
  readonly agents: readonly MachineId[];
  readonly vip?: string;
  /** Servers with etcd, how many are there now, how many are needed for a majority; absent while none shows etcd. */
  readonly quorum?: { readonly members: number; readonly here: number; readonly needed: number };
}

export interface Inventory {
  readonly at: Instant;
  readonly machines: readonly Machine[];
  readonly conflicts: readonly Conflict[];
  readonly topologies: readonly Topology[];
}

export const paces = ['polite', 'fast', 'listen'] as const;
export type ScanPace = (typeof paces)[number];

export interface ScanSummary {
  readonly found: number;
  readonly fresh: number;
  readonly missing: readonly string[];
  readonly seconds: number;
  readonly stopped: boolean;
  /** What could not be asked, in sentences. */
  readonly left: readonly string[];
}

/** A scan as it goes. `map` is the whole inventory as it stands, and replaces the one before. */
export type ScanNews =
  | { readonly is: 'began'; readonly networks: readonly string[]; readonly addresses: number }
  | { readonly is: 'progress'; readonly progress: Progress }
  | { readonly is: 'trouble'; readonly failure: Failure }
  | { readonly is: 'map'; readonly inventory: Inventory }
  | { readonly is: 'ended'; readonly summary: ScanSummary; readonly inventory: Inventory };

export const scanCalls = {
  /** Interfaces, networks and what to do about a direct cable. Sends nothing. */
  'scan.networks': call<LanNow>()(nothing),
  /** Keeps for one network whether it is scanned fast, and what is left out of every scan of it. Throws `bad-ask`. */
  'scan.prefer': call<LanNow>()(shape({ cidr: filled, fast: flag, exclude: list(filled, 256) })),
  /** What is known of all machines, of one site or of all; nothing is asked on a network. */
  'inventory.show': call<Inventory>()(shape({ site: optional(siteId) })),
  /** Says that the cluster this machine shows is this site's. Only after a handshake proved it; audited. Throws `refused`. */
  'inventory.join': call<Inventory>()(shape({ machine: machineId, site: siteId })),
  /** Forgets a machine and its history. It is found anew by the next scan. */
  'inventory.forget': call<Inventory>()(shape({ machine: machineId })),
} as const;

export const scanFeeds = {
  /**
   * Scans until everything was asked twice; whoever stops listening stops it, and what was found until then is kept.
   * `networks` are CIDRs or single addresses; `wide` repeats each that is wider than /20. `listen` sends nothing at all, and
   * goes on until it is stopped. Throws `bad-ask` for a malformed or too wide CIDR, `refused` while another scan goes on.
   */
  'scan.run': feed<ScanNews>()(
    shape({
      networks: list(filled, 64),
      pace: oneOf(...paces),
      wide: optional(list(filled, 64)),
      exclude: optional(list(filled, 256)),
      /** Only these ports are asked; left out: all by which something is recognised. */
      ports: optional(list(whole(1, 65_535), 64)),
    }),
  ),
} as const;

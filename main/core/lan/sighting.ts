import type { MarkKind } from '../../../preload/contract/scan.ts';

/** One entry of the system's neighbour table. */
export interface Neighbour {
  /** `10.0.1.5`, `fe80::1%eth0`. */
  readonly address: string;
  readonly wire: string;
  /** Lower case, with colons; absent while it is not resolved. */
  readonly mac?: string;
  /** `resolved`: it has answered, now or a while ago · `asking`: no answer yet · `nobody`: it did not answer. */
  readonly state: 'resolved' | 'asking' | 'nobody';
  /** The system heard from it within the last half minute (Linux: REACHABLE); an entry may stay long after its machine went. */
  readonly fresh?: boolean;
}

/** A service a machine announces over mDNS (RFC 6762, 6763). Texts are as they came, cut to 200 characters. */
export interface Announced {
  /** The wire it was heard on. */
  readonly wire: string;
  /** Without `.local`. */
  readonly host: string;
  /** Such as `_ssh._tcp`; empty when only a name and its addresses were heard. */
  readonly service: string;
  readonly port?: number;
  /** Link-local ones carry their zone: `fe80::1%eth0`. */
  readonly addresses: readonly string[];
  readonly texts: readonly string[];
}

/** A certificate a port showed. */
export interface CertificateSeen {
  readonly subject: string;
  readonly issuer: string;
  /** Of the DER, lower-case hex. */
  readonly sha256: string;
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** DNS names and IP addresses. */
  readonly names: readonly string[];
  /** The certificate itself, DER in base64, for checking who signed it. */
  readonly der?: string;
}

/** What one question to an open port gave. */
export interface Talk {
  /** The first line of what it said by itself, cut to 200 characters, without control characters. */
  readonly banner?: string;
  /** `SHA256:…` of the host keys it proved to hold, and their types. */
  readonly hostKeys?: readonly { readonly type: string; readonly fingerprint: string }[];
  /** Leaf first, as it was presented. The handshake was completed: whoever answers holds the leaf's key. */
  readonly certificates?: readonly CertificateSeen[];
  readonly http?: readonly {
    readonly path: string;
    readonly status: number;
    /** Lower-case names. */
    readonly headers: Readonly<Record<string, string>>;
    /** The beginning of it, at most 64 KiB. */
    readonly body: string;
    /** Milliseconds of the laptop's clock in the middle of the question, for comparing with `Date`. */
    readonly at: number;
  }[];
  /** SHA-256 of the CA as K3s counts it, from `/cacerts`. */
  readonly caHash?: string;
  /** The leaf of this very handshake chains to that CA. */
  readonly provesCa?: boolean;
  /** What went wrong while talking: a tarpit, garbage, a refused handshake. */
  readonly trouble?: string;
  /** It took the connection and was not done answering in all the time it was given. */
  readonly stuck?: boolean;
}

/** What came of knocking at one port. */
export type Knocked =
  | { readonly is: 'open'; readonly ms: number; readonly talk: Talk }
  /** Somebody answered that nothing listens there, or a firewall that rejects. */
  | { readonly is: 'closed'; readonly ms: number }
  | { readonly is: 'silent' }
  /** The system found nobody at that address. */
  | { readonly is: 'nobody' }
  /** The laptop itself could not ask: no route, no permission, the interface is gone. `code` as Node names it. */
  | { readonly is: 'could-not'; readonly code: string };

/** All that one scan learned of one address. */
export interface Sighting {
  readonly address: string;
  readonly wire?: string;
  readonly mac?: string;
  /** All cards that answered for this address in this scan, when there was more than one. */
  readonly cards?: readonly string[];
  /** ISO 8601, when it was last heard in this scan. */
  readonly at: string;
  readonly ports: ReadonlyMap<number, Knocked>;
  readonly announced: readonly Announced[];
}

/** Something by which a machine is known again. */
export interface Mark {
  readonly kind: MarkKind;
  readonly value: string;
}

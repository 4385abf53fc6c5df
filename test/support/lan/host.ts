import type { MachineKind } from '../../../preload/contract/scan.ts';
import type { Service } from './orders.ts';

/** What somebody who knocks at a port of a host meets. */
export type PortTruth = 'open' | 'closed' | 'silent' | 'rejected';

/** One host of a test network as it is to be. */
export interface HostSpec {
  /** Short and unique in the network; part of the namespace's name. */
  readonly name: string;
  readonly kind: MachineKind;
  /** IPv4; none: it has IPv6 link-local only. The prefix is the network's unless one is written. */
  readonly addresses: readonly string[];
  /** An address it has besides, as the one of its cluster's control plane. */
  readonly vip?: string;
  /** As its kubelet calls it. */
  readonly node?: string;
  /** The cluster's name in this network, as it truly belongs to one. */
  readonly cluster?: string;
  /** SHA-256 of the `/cacerts` it shows, be it its own or not. */
  readonly caHash?: string;
  readonly clockOffsetSeconds?: number;
  /** A real sshd on port 22. `keysOf` names the host it was cloned from; `lateMs`: accepts at once and says its banner so late. */
  readonly ssh?: { readonly keysOf?: string; readonly lateMs?: number };
  readonly services?: Readonly<Record<number, Service>>;
  /** Real programs from Debian. */
  readonly exporter?: boolean;
  readonly registry?: boolean;
  /** A real avahi-daemon under this name, with these services. */
  readonly mdns?: {
    readonly host: string;
    readonly services: readonly { readonly type: string; readonly port: number; readonly text?: string }[];
  };
  /** Rules of nftables for what comes in, such as `tcp dport 6443 drop`, and what somebody meets there then. */
  readonly firewall?: {
    readonly rules: readonly string[];
    readonly meets: Readonly<Record<number, PortTruth>>;
  };
  /** Its interface comes up so long after `begin()`. */
  readonly lateMs?: number;
}

/** What is true of a host of the running network; tests compare with it. */
export interface LanHost {
  readonly name: string;
  readonly kind: MachineKind;
  readonly namespace: string;
  readonly mac: string;
  /** Without zone. */
  readonly linkLocal: string;
  /** The shared one last, when it has it. */
  readonly addresses: readonly string[];
  readonly vip?: string;
  readonly node?: string;
  readonly cluster?: string;
  readonly caHash?: string;
  readonly clockOffsetSeconds?: number;
  readonly announces?: string;
  /** `SHA256:…` by key type; empty without SSH. */
  readonly hostKeys: Readonly<Partial<Record<'ed25519' | 'ecdsa', string>>>;
  /** Ports not named are closed. */
  readonly ports: Readonly<Record<number, PortTruth>>;
  readonly late: boolean;
}

const ssh = 22;

/** What stands on each port of a host by its spec. */
export function portsOf(spec: HostSpec): Record<number, PortTruth> {
  const open = [
    ...(spec.ssh === undefined ? [] : [ssh]),
    ...Object.keys(spec.services ?? {}).map(Number),
    ...(spec.exporter === true ? [9100] : []),
    ...(spec.registry === true ? [5000] : []),
  ];
  return { ...Object.fromEntries(open.map(port => [port, 'open' as const])), ...spec.firewall?.meets };
}

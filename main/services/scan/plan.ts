import type { FieldError } from '../../../preload/contract/failure.ts';
import type { ScanPace, Wire } from '../../../preload/contract/scan.ts';
import { addressesOf, isIn, v4Number } from '../../core/lan/cidr.ts';
import type { Network } from '../../core/lan/cidr.ts';
import type { Clock, NetworkSenses, Question } from '../../ports.ts';
import type { HeardSoFar } from './heard.ts';

/** A port and how it is talked to. */
export interface PortQuestion {
  readonly port: number;
  readonly question: Question;
}

export interface ScanPlan {
  readonly networks: readonly Network[];
  readonly pace: ScanPace;
  readonly exclude: readonly Network[];
  readonly wires: readonly Wire[];
  /** Addresses of known machines, asked before all others. */
  readonly known: readonly string[];
  /** Host keys of known nodes: a host that shows none of them by its first key is asked for its other keys. */
  readonly knownKeys: ReadonlySet<string>;
  /** In the order in which they are asked. The first one also finds out whether somebody is there. */
  readonly ports: readonly PortQuestion[];
  /** SSH ports that are not 22, by address. */
  readonly sshPorts: ReadonlyMap<string, readonly number[]>;
}

export interface ScanTell {
  /** Something new is known. */
  heard(): void;
  progress(done: number, total: number): void;
  trouble(failure: FieldError): void;
}

/** What every part of one scan works with. */
export interface Scanning {
  readonly senses: NetworkSenses;
  readonly clock: Clock;
  readonly plan: ScanPlan;
  readonly heard: HeardSoFar;
  readonly tell: ScanTell;
  readonly signal: AbortSignal;
}

/** How the two ways of asking differ. Times in milliseconds. */
export interface Manner {
  /** Hosts that are asked for their services at once. */
  readonly talkers: number;
  /** How long one port may take to say what it is. */
  readonly talkMs: number;
  /** After this long without an answer a port counts as silent. */
  readonly silentMs: number;
  /** Whether an address the system still asks for is waited for: the system gives up after three seconds. */
  readonly waitsForSystem: boolean;
  readonly glanceMs: number;
  /** Patience of the second question. */
  readonly againMs: number;
}

const manners: Record<'fast' | 'polite', Manner> = {
  fast: { talkers: 64, talkMs: 3000, silentMs: 750, waitsForSystem: false, glanceMs: 400, againMs: 1500 },
  polite: { talkers: 8, talkMs: 6000, silentMs: 2000, waitsForSystem: true, glanceMs: 1500, againMs: 3000 },
};

export const mannerOf = ({ pace }: ScanPlan): Manner => manners[pace === 'fast' ? 'fast' : 'polite'];

export const isV4 = (address: string): boolean => v4Number(address) !== undefined;

/** `10.0.1.7/24` as an address; a link-local one with its zone. */
function withZone(withPrefix: string, wire: string): string {
  const [address = ''] = withPrefix.split('/');
  return /^fe[89ab]/i.test(address) ? `${address}%${wire}` : address;
}

/** Tells of an address whether it lies in the plan, and whether it must not be asked: the laptop's own, and those left out. */
export function bounds(plan: ScanPlan): {
  readonly isOurs: (address: string) => boolean;
  readonly isLeftOut: (address: string) => boolean;
} {
  const own = new Set(plan.wires.flatMap(wire => wire.addresses.map(each => withZone(each, wire.name))));
  return {
    isOurs: address => plan.networks.some(network => isIn(network, address)),
    isLeftOut: address => own.has(address) || plan.exclude.some(network => isIn(network, address)),
  };
}

/** The wire a network is reached over; none for one behind a router. */
export function wireOf({ wires }: ScanPlan, network: Network): string | undefined {
  if (network.is === 'link-local') return network.wire;
  if (network.is === 'v6') return network.text.split('%')[1];
  const reaches = (withPrefix: string): boolean => {
    const [address = '', bits = ''] = withPrefix.split('/');
    const value = v4Number(address);
    if (value === undefined) return false;
    const size = 2 ** (32 - Number(bits));
    return isIn(network, address) || Math.floor(value / size) === Math.floor(network.first / size);
  };
  return wires.find(wire => wire.addresses.some(reaches))?.name;
}

/** Known machines first, then everything else in the order it was named, each once. */
export function inOrder(plan: ScanPlan): readonly string[] {
  const { isOurs, isLeftOut } = bounds(plan);
  const all = new Set(plan.known.filter(isOurs));
  for (const network of plan.networks) for (const address of addressesOf(network)) all.add(address);
  return [...all].filter(address => !isLeftOut(address));
}

import type { LanNow, LaptopNetwork, ScanPace } from '../../../preload/contract/scan.ts';
import { listOf } from '../../ui/format.ts';

/** What the technician set for the next scan; what is left out stays as proposed. */
export interface ScanChoice {
  /** Ticked or unticked by hand, by CIDR. */
  readonly ticked: Readonly<Record<string, boolean>>;
  /** Networks and addresses typed by hand. */
  readonly typed: string;
  /** Wide networks repeated by hand, by CIDR. */
  readonly again: Readonly<Record<string, string>>;
  readonly pace?: ScanPace;
  /** Opted in or out of the fast mode on this page, by CIDR. */
  readonly fast: Readonly<Record<string, boolean>>;
  /** Addresses never to be asked, as typed; absent while they are as kept. */
  readonly never?: string;
}

export const noChoice: ScanChoice = { ticked: {}, typed: '', again: {}, fast: {} };

export const isTicked = (choice: ScanChoice, network: LaptopNetwork): boolean =>
  choice.ticked[network.cidr] ?? network.proposed;

/** The networks and addresses a scan would be asked for, none of them twice. */
export function chosen(lan: LanNow | undefined, choice: ScanChoice): readonly string[] {
  const ticked = (lan?.networks ?? []).filter(each => isTicked(choice, each)).map(({ cidr }) => cidr);
  return [...new Set([...ticked, ...listOf(choice.typed)])];
}

const v4Prefix = (cidr: string): number | undefined => {
  const [, prefix] = /^[\d.]+\/(\d{1,2})$/.exec(cidr) ?? [];
  return prefix === undefined ? undefined : Number(prefix);
};

/** Wider than /16: no scan asks so many addresses. The host says so of one that was typed. */
export const isTooWide = (cidr: string): boolean => (v4Prefix(cidr) ?? 32) < 16;

/** Wider than /20: more than 4,096 addresses, which have to be typed again before they are asked. */
export const isWide = (cidr: string): boolean => !isTooWide(cidr) && (v4Prefix(cidr) ?? 32) < 20;

/** Whether the fast pace has to be agreed to: not for one address, nor for link-local IPv6, which one packet reaches. */
export const needsConsent = (cidr: string): boolean => cidr.includes('/') && !cidr.includes(':');

export const isFast = (lan: LanNow | undefined, choice: ScanChoice, cidr: string): boolean =>
  choice.fast[cidr] ?? lan?.networks.find(each => each.cidr === cidr)?.fast ?? false;

/** The pace as chosen; else fast where the technician opted in to it everywhere before; else gentle. */
export function paceOf(lan: LanNow | undefined, choice: ScanChoice): ScanPace {
  if (choice.pace !== undefined) return choice.pace;
  const asked = chosen(lan, choice).filter(needsConsent);
  return asked.length > 0 && asked.every(each => isFast(lan, choice, each)) ? 'fast' : 'polite';
}

/** The addresses never to be asked that are kept, for all networks of the laptop together. */
export const keptNever = (lan: LanNow | undefined): readonly string[] => [
  ...new Set((lan?.networks ?? []).flatMap(({ exclude }) => exclude)),
];

export const neverOf = (lan: LanNow | undefined, choice: ScanChoice): string =>
  choice.never ?? keptNever(lan).join('\n');

/** What still stands in the way of a scan, in the order in which it is told. */
export type Hindrance = 'nothing-chosen' | 'wide' | 'fast';

/** Nothing while a scan can begin. Who only listens sends nothing, so neither width nor pace matter then. */
export function hindrance(lan: LanNow | undefined, choice: ScanChoice): Hindrance | undefined {
  const networks = chosen(lan, choice);
  if (networks.length === 0) return 'nothing-chosen';
  const pace = paceOf(lan, choice);
  if (pace === 'listen') return undefined;
  if (networks.some(each => isWide(each) && choice.again[each]?.trim() !== each)) return 'wide';
  const isAgreed = (cidr: string): boolean => !needsConsent(cidr) || isFast(lan, choice, cidr);
  return pace === 'fast' && !networks.every(isAgreed) ? 'fast' : undefined;
}

/** An IPv4 address or network as the first address and the number of them; undefined for anything else. */
function v4Span(text: string): readonly [first: number, count: number] | undefined {
  const [, quad = '', prefix = '32'] = /^([\d.]+)(?:\/(\d{1,2}))?$/.exec(text) ?? [];
  const parts = quad.split('.').map(Number);
  if (parts.length !== 4 || parts.some(part => !(part <= 255)) || Number(prefix) > 32) return undefined;
  const count = 2 ** (32 - Number(prefix));
  const at = parts.reduce((sum, part) => sum * 256 + part, 0);
  return [at - (at % count), count];
}

function overlap(one: string, other: string): boolean {
  const [a, b] = [v4Span(one), v4Span(other)];
  return a !== undefined && b !== undefined && a[0] < b[0] + b[1] && b[0] < a[0] + a[1];
}

/** Which of these addresses are kept with a network: its own, and those that lie in none of the laptop's networks. */
export function neverIn(
  network: LaptopNetwork,
  networks: readonly LaptopNetwork[],
  never: readonly string[],
): string[] {
  return never.filter(
    each => overlap(each, network.cidr) || !networks.some(other => overlap(each, other.cidr)),
  );
}

import type { LaptopNetwork, Wire } from '../../../preload/contract/scan.ts';
import { hostsIn, isWide, networkOf, v4Number, v4Text, widePrefix } from './cidr.ts';

/** What the technician keeps for one network. */
export interface ScanPreference {
  readonly fast: boolean;
  readonly exclude: readonly string[];
}

/** The networks the laptop is in. Proposed are those of a cable or a wireless card, not wider than /20, with a site behind. */
export const proposals = (
  wires: readonly Wire[],
  preferred: (cidr: string) => ScanPreference | undefined,
): readonly LaptopNetwork[] =>
  wires.flatMap(wire => wire.addresses.flatMap(each => networkAt(wire, each, preferred) ?? []));

function networkAt(
  wire: Wire,
  withPrefix: string,
  preferred: (cidr: string) => ScanPreference | undefined,
): LaptopNetwork | undefined {
  const [address = '', bits = ''] = withPrefix.split('/');
  const about = (cidr: string, hosts: number, why: string | undefined): LaptopNetwork => ({
    wire: wire.name,
    cidr,
    address,
    hosts,
    proposed: why === undefined,
    ...(why !== undefined && { why }),
    ...(preferred(cidr) ?? { fast: false, exclude: [] }),
  });
  if (/^fe[89ab]/i.test(address)) return about(`fe80::/64%${wire.name}`, 1, unfit(wire));
  const value = v4Number(address);
  const prefix = Number(bits);
  if (value === undefined || !Number.isInteger(prefix) || prefix < 1 || prefix > 32) return undefined;
  if (prefix >= 31 && wire.kind === 'virtual') return undefined;
  const size = 2 ** (32 - prefix);
  const cidr = `${v4Text(value - (value % size))}/${prefix}`;
  if (address.startsWith('169.254.'))
    return about(cidr, size - 2, 'The laptop gave itself this address because nobody gave it one.');
  if (prefix < 16) return about(cidr, size - 2, 'Too wide to be asked. Name the part of it the site uses.');
  const network = networkOf(cidr);
  if (isWide(network))
    return about(cidr, hostsIn(network), `Wider than /${widePrefix}: type it to have all of it asked.`);
  return about(cidr, hostsIn(network), unfit(wire));
}

const unfit = (wire: Wire): string | undefined =>
  wire.kind === 'virtual'
    ? 'A network inside this laptop, or a tunnel: no node of a site is plugged in there.'
    : wire.plugged === false
      ? 'Nothing is plugged in there.'
      : undefined;

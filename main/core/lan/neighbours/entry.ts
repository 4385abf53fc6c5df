import { v4Number } from '../cidr.ts';
import type { Neighbour } from '../sighting.ts';

/** An address as the systems' tables write it, made uniform: `10.0.1.5`, `fe80::1`; undefined for what is nobody's address. */
export function uniform(text: string): string | undefined {
  const plain = text.split('%')[0] ?? '';
  if (!plain.includes(':')) return isMachineV4(plain) ? plain : undefined;
  if (!/^[0-9a-f:.]{2,45}$/i.test(plain) || !URL.canParse(`http://[${plain}]/`)) return undefined;
  const shortest = new URL(`http://[${plain}]/`).hostname.slice(1, -1);
  // Multicast, the unspecified address, the laptop itself.
  return /^ff|^::1?$/.test(shortest) ? undefined : shortest;
}

function isMachineV4(text: string): boolean {
  const value = v4Number(text);
  if (value === undefined) return false;
  const top = Math.floor(value / 2 ** 24);
  return top !== 0 && top !== 127 && top < 224;
}

/**
 * A MAC as `aa:bb:cc:dd:ee:ff`, from any system's way to write it (`aa-bb-…`, `0:c:29:…`). Undefined for none, for zeros,
 * and for broadcast and multicast, which are no machine's.
 */
export function macOf(text: string | undefined): string | undefined {
  const parts = text?.toLowerCase().split(/[:-]/) ?? [];
  if (parts.length !== 6 || !parts.every(part => /^[0-9a-f]{1,2}$/.test(part))) return undefined;
  const mac = parts.map(part => part.padStart(2, '0')).join(':');
  const isGroup = (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
  return isGroup || mac === '00:00:00:00:00:00' ? undefined : mac;
}

/** True for what a table writes where it knows a MAC that is a group's: the entry is no machine's. */
const isGroups = (text: string | undefined): boolean =>
  text !== undefined && /^[0-9a-f]?[13579bdf][:-]/i.test(text);

/** One entry of a table, or nothing when it is no machine's: multicast, broadcast, the laptop itself. */
export function entry(found: {
  readonly address: string;
  readonly wire: string;
  readonly mac?: string | undefined;
  readonly state: Neighbour['state'];
  readonly fresh?: boolean;
}): readonly Neighbour[] {
  const plain = uniform(found.address);
  if (plain === undefined || found.wire === '' || isGroups(found.mac)) return [];
  const address = /^fe[89ab]/.test(plain) ? `${plain}%${found.wire}` : plain;
  const mac = macOf(found.mac);
  const { wire, fresh } = found;
  if (found.state !== 'resolved' || mac === undefined)
    return [{ address, wire, state: found.state === 'resolved' ? 'asking' : found.state }];
  return [{ address, wire, mac, state: 'resolved', ...(fresh !== undefined && { fresh }) }];
}

/** Without the laptop's own addresses (`own` without zones), and without a second entry for one address on one wire. */
export function othersOnly(entries: readonly Neighbour[], own: readonly string[]): readonly Neighbour[] {
  const mine = new Set(own.map(each => uniform(each)));
  const seen = new Set<string>();
  return entries.filter(({ address, wire }) => {
    const key = `${wire} ${address}`;
    if (mine.has(address.split('%')[0]) || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

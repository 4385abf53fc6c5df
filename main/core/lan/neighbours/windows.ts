import type { Neighbour } from '../sighting.ts';
import { entry } from './entry.ts';

/** Makes Windows print its table for `getNetNeighbor`. The state as text: its number is not the same in every version. */
export const neighbourScript =
  '[Console]::OutputEncoding = [Text.Encoding]::UTF8; Get-NetNeighbor | Select-Object IPAddress, InterfaceAlias, ' +
  'LinkLayerAddress, @{n="State"; e={"$($_.State)"}} | ConvertTo-Json -Compress';

const states: Readonly<Record<string, Neighbour['state']>> = {
  Reachable: 'resolved',
  Stale: 'resolved',
  Delay: 'resolved',
  Probe: 'resolved',
  Permanent: 'resolved',
  Incomplete: 'asking',
  Unreachable: 'nobody',
};

interface Row {
  readonly IPAddress?: unknown;
  readonly InterfaceAlias?: unknown;
  readonly LinkLayerAddress?: unknown;
  readonly State?: unknown;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What `neighbourScript` prints; undefined when it is not that. One entry alone is printed without brackets. */
export function getNetNeighbor(printed: string): readonly Neighbour[] | undefined {
  try {
    const rows = JSON.parse(printed.replace(/^\u{feff}/u, '')) as Row | readonly Row[];
    return [rows].flat().flatMap(row => {
      const word = text(row.State);
      const state = states[word];
      if (state === undefined) return [];
      const [address, wire, mac] = [row.IPAddress, row.InterfaceAlias, row.LinkLayerAddress].map(text);
      return entry({
        address: address ?? '',
        wire: wire ?? '',
        mac,
        state,
        ...(state === 'resolved' && { fresh: word === 'Reachable' }),
      });
    });
  } catch {
    return undefined;
  }
}

/**
 * What `arp -a` prints, in whatever language. `wireOf` gives the interface with one of the laptop's own addresses, by which
 * each part of the table is headed.
 */
export function windowsArp(
  printed: string,
  wireOf: (own: string) => string | undefined,
): readonly Neighbour[] {
  let wire = '';
  return printed.split('\n').flatMap(line => {
    const [, own] = /([\d.]+) --- 0x[0-9a-f]+/i.exec(line) ?? [];
    if (own !== undefined) {
      wire = wireOf(own) ?? '';
      return [];
    }
    const [, address, mac] = /^\s*(\d[\d.]+)\s+((?:[0-9a-f]{2}-){5}[0-9a-f]{2})\b/i.exec(line) ?? [];
    return address === undefined ? [] : entry({ address, wire, mac, state: 'resolved' });
  });
}

/** What `netsh interface ipv6 show neighbors` prints, in whatever language. */
export function netshNeighbours(printed: string): readonly Neighbour[] {
  let wire = '';
  return printed.split('\n').flatMap(line => {
    const [, name] = /^\S+ \d+: (.+?)\s*$/.exec(line) ?? [];
    if (name !== undefined) {
      wire = name;
      return [];
    }
    const [address = '', mac = ''] = line.trim().split(/\s{2,}/);
    if (!address.includes(':')) return [];
    const isKnown = /^(?:[0-9a-f]{2}-){5}[0-9a-f]{2}$/i.test(mac) && mac !== '00-00-00-00-00-00';
    return entry({ address, wire, mac, state: isKnown ? 'resolved' : 'nobody' });
  });
}

import type { Neighbour } from '../sighting.ts';
import { entry } from './entry.ts';

/** What macOS prints for `arp -an`: IPv4. It does not tell whether it still asks, nor how fresh an entry is. */
export const macArp = (printed: string): readonly Neighbour[] =>
  printed.split('\n').flatMap(line => {
    const [, address = '', mac, wire = ''] = /\(([\d.]+)\) at (\S+) on (\S+)/.exec(line) ?? [];
    return entry({ address, wire, mac, state: mac === '(incomplete)' ? 'asking' : 'resolved' });
  });

/** What macOS prints for `ndp -an`: IPv6. States as in ndp(8): N none, I incomplete, R reachable, S stale, D delay, P probe. */
export const macNdp = (printed: string): readonly Neighbour[] =>
  printed.split('\n').flatMap(line => {
    const [address = '', mac, wire = '', , state = ''] = line.trim().split(/\s+/);
    if (!address.includes(':') || wire === 'lo0') return [];
    if (mac === '(incomplete)') return entry({ address, wire, state: state === 'N' ? 'nobody' : 'asking' });
    return entry({ address, wire, mac, state: 'resolved', fresh: state === 'R' });
  });

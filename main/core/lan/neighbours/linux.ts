import type { Neighbour } from '../sighting.ts';
import { entry } from './entry.ts';

/** States of the kernel's table (ip-neighbour(8)); an entry in any other says nothing of a machine. */
const states: Readonly<Record<string, Neighbour['state']>> = {
  REACHABLE: 'resolved',
  STALE: 'resolved',
  DELAY: 'resolved',
  PROBE: 'resolved',
  PERMANENT: 'resolved',
  INCOMPLETE: 'asking',
  FAILED: 'nobody',
};

function seen(
  address: string,
  wire: string,
  mac: string | undefined,
  words: readonly string[],
): readonly Neighbour[] {
  const word = words.find(each => states[each] !== undefined) ?? '';
  const state = states[word];
  if (state === undefined) return [];
  return entry({ address, wire, mac, state, ...(state === 'resolved' && { fresh: word === 'REACHABLE' }) });
}

interface Row {
  readonly dst?: unknown;
  readonly dev?: unknown;
  readonly lladdr?: unknown;
  readonly state?: unknown;
}

/** What `ip -j neigh` prints, or `ip neigh` where it knows no JSON (busybox). */
export function ipNeigh(printed: string): readonly Neighbour[] {
  if (!printed.trimStart().startsWith('[')) return printed.split('\n').flatMap(line);
  try {
    return (JSON.parse(printed) as readonly Row[]).flatMap(row);
  } catch {
    // Cut off or spoilt: what cannot be read is not there.
    return [];
  }
}

const row = ({ dst, dev, lladdr, state }: Row): readonly Neighbour[] =>
  typeof dst === 'string' && typeof dev === 'string' && Array.isArray(state)
    ? seen(dst, dev, typeof lladdr === 'string' ? lladdr : undefined, state.map(String))
    : [];

/** `10.0.1.5 dev eth0 lladdr 02:42:… ref 1 used 0/0/0 probes 1 REACHABLE` */
function line(text: string): readonly Neighbour[] {
  const [, address = '', wire = '', rest = ''] = /^(\S+) dev (\S+)(.*)$/.exec(text.trim()) ?? [];
  return seen(address, wire, /lladdr (\S+)/.exec(rest)?.[1], rest.split(' '));
}

/** `/proc/net/arp`: IPv4 only, and no telling a fresh entry from an old one. Flag 0x2: resolved. */
export const procArp = (text: string): readonly Neighbour[] =>
  text.split('\n').flatMap(each => {
    const [address = '', , flags = '', mac, , wire = ''] = each.trim().split(/\s+/);
    if (!/^0x[0-9a-f]+$/.test(flags)) return [];
    const isResolved = (Number(flags) & 2) !== 0;
    // An unresolved entry does not tell whether the system still asks.
    return entry({ address, wire, mac, state: isResolved ? 'resolved' : 'asking' });
  });

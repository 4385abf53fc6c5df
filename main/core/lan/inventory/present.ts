import { recognise } from '../recognise.ts';
import type { Recognised } from '../recognise.ts';
import type { Sighting } from '../sighting.ts';
import { byAddress } from './order.ts';

/** One machine as this scan saw it: all addresses that are surely one and the same. */
export interface Present {
  /** In order: IPv4 first. */
  readonly seen: readonly (Recognised & { readonly sighting: Sighting })[];
  readonly hostKeys: ReadonlySet<string>;
  readonly macs: ReadonlySet<string>;
  readonly kubelets: ReadonlySet<string>;
}

/** MAC of an address that several routers share (VRRP, RFC 5798 §7.3): it is nobody's card. */
export const isShared = (mac: string): boolean => mac.startsWith('00:00:5e:00:01:');

type One = Present['seen'][number];

const valuesOf = (all: readonly One[], kind: 'host-key' | 'mac' | 'kubelet'): ReadonlySet<string> =>
  new Set(
    all.flatMap(({ marks }) =>
      marks.flatMap(mark =>
        mark.kind === kind && !(kind === 'mac' && isShared(mark.value)) ? [mark.value] : [],
      ),
    ),
  );

/**
 * Certificates no two machines have: those of the kubelet and of etcd are each node's own, while the servers of a cluster share
 * one for the API.
 */
const ownLeaves = (all: readonly One[]): ReadonlySet<string> =>
  new Set(
    all.flatMap(({ certificates }) =>
      certificates.flatMap(({ port, sha256 }) => ([10_250, 2379, 2380].includes(port) ? [sha256] : [])),
    ),
  );

const presentOf = (seen: readonly One[]): Present => ({
  seen: seen.toSorted((a, b) => byAddress(a.sighting.address, b.sighting.address)),
  hostKeys: valuesOf(seen, 'host-key'),
  macs: valuesOf(seen, 'mac'),
  kubelets: valuesOf(seen, 'kubelet'),
});

/**
 * Puts the addresses of one machine together: those with one card, those that show one certificate of their own, and those
 * with one host key as long as they cannot be two cards. A copied image has the same host keys: it stays apart.
 */
export function presentMachines(sightings: readonly Sighting[]): readonly Present[] {
  const all = sightings
    .toSorted((a, b) => byAddress(a.address, b.address))
    .map(sighting => ({ ...recognise(sighting), sighting }));
  const whole = joined(
    all.map(one => [one]),
    group => [
      ...[...valuesOf(group, 'mac')].map(mac => `mac ${mac}`),
      ...[...ownLeaves(group)].map(leaf => `leaf ${leaf}`),
    ],
  );
  return joinedByKey(whole).map(presentOf);
}

/** An address without a card goes to the one machine that has its host key, but not to one of several. */
function joinedByKey(groups: readonly (readonly One[])[]): readonly (readonly One[])[] {
  const owners = new Map<string, number>();
  const hasCard = (group: readonly One[]): boolean => valuesOf(group, 'mac').size > 0;
  for (const group of groups.filter(hasCard))
    for (const key of valuesOf(group, 'host-key')) owners.set(key, (owners.get(key) ?? 0) + 1);
  return joined(groups, group => {
    const keys = [...valuesOf(group, 'host-key')];
    return keys.some(key => (owners.get(key) ?? 0) > 1) ? [] : keys;
  });
}

/** Joins the groups that have a key in common, directly or over others. */
function joined(
  groups: readonly (readonly One[])[],
  keysOf: (group: readonly One[]) => readonly string[],
): readonly (readonly One[])[] {
  const parent = groups.map((_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (parent[at] !== at) at = parent[at] ?? at;
    return at;
  };
  const first = new Map<string, number>();
  groups.forEach((group, i) => {
    for (const key of keysOf(group)) {
      const other = first.get(key);
      if (other === undefined) first.set(key, i);
      else parent[Math.max(root(i), root(other))] = Math.min(root(i), root(other));
    }
  });
  const whole = new Map<number, One[]>();
  groups.forEach((group, i) => {
    const at = root(i);
    whole.set(at, [...(whole.get(at) ?? []), ...group]);
  });
  return [...whole.values()];
}

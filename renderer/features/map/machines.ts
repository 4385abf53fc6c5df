import type { Inventory, Machine, MachineCertificate, Topology } from '../../../preload/contract/scan.ts';
import type { MachineId, SiteId } from '../../../preload/contract/ids.ts';

/**
 * How a machine stands, the worst first: not there, something is wrong, something is worth a look, a port of it answers,
 * it was noticed though no port answers, its cable is plugged in and nobody has listened yet what is behind it.
 */
export type Health = 'missing' | 'bad' | 'warn' | 'here' | 'noticed' | 'plugged';

export function healthOf({ here, notes, services, addresses }: Machine): Health {
  if (!here) return 'missing';
  if (notes.some(({ tone }) => tone === 'bad')) return 'bad';
  if (notes.some(({ tone }) => tone === 'warn')) return 'warn';
  if (services.some(({ state }) => state === 'open')) return 'here';
  return addresses.length > 0 ? 'noticed' : 'plugged';
}

/** Whether anything of it was heard by which a cluster would show. */
export const isTelling = ({ cluster, services }: Machine): boolean =>
  cluster.is !== 'none' || services.some(({ state }) => state === 'open');

/** The site a machine belongs to; one that only claims to be of a site belongs to none. */
export const siteOfMachine = ({ cluster }: Machine): SiteId | undefined =>
  cluster.is === 'yours' || cluster.is === 'known' ? cluster.site : undefined;

/** The address by which a machine answers, else the one it had last. */
export const addressOf = ({ addresses }: Machine): string | undefined =>
  (addresses.find(({ now }) => now) ?? addresses[0])?.address;

export const filters = ['site', 'all', 'unknown'] as const;
export type Filter = (typeof filters)[number];

/** Whether a machine is shown: of this site, or what only claims so; or of no site this laptop knows. */
function fits(machine: Machine, filter: Filter, site: SiteId | undefined): boolean {
  const { cluster } = machine;
  switch (filter) {
    case 'site':
      return 'site' in cluster && cluster.site === site;
    case 'all':
      return true;
    case 'unknown':
      return siteOfMachine(machine) === undefined;
    default:
      return filter satisfies never;
  }
}

/** Letters and digits only, so that `AA-BB-CC` finds `aa:bb:cc`. */
const bare = (text: string): string => text.toLowerCase().replace(/[^\da-f]/g, '');

function found(machine: Machine, sought: string): boolean {
  const text = sought.trim().toLowerCase();
  const { name, names, addresses, marks } = machine;
  const told = [name, ...names, ...addresses.map(each => each.address), machine.serial ?? ''];
  if (told.some(each => each.toLowerCase().includes(text))) return true;
  const isMac = /^[\da-f]{2}([:. -]?[\da-f]{2})+$/.test(text);
  return isMac && marks.some(({ kind, value }) => kind === 'mac' && bare(value).includes(bare(text)));
}

const ranks: Readonly<Record<Machine['kind'], number>> = {
  'k3s-server': 0,
  'k3s-agent': 1,
  k3s: 2,
  rke2: 3,
  kubernetes: 3,
  talos: 3,
  registry: 4,
  ssh: 5,
  serial: 6,
  other: 7,
  closed: 8,
};

/** One compare for a thousand names: `localeCompare` is a hundred times slower. */
const byName = new Intl.Collator('en', { numeric: true }).compare;

/** Own servers first, then own agents, then what else there is; by name within each. */
const inOrder =
  (site: SiteId | undefined) =>
  (a: Machine, b: Machine): number => {
    const far = (each: Machine): number => (siteOfMachine(each) === site ? 0 : 1);
    return far(a) - far(b) || ranks[a.kind] - ranks[b.kind] || byName(a.name, b.name);
  };

/** The machines of the table, in its order. */
export const tabled = (
  machines: readonly Machine[],
  filter: Filter,
  sought: string,
  site: SiteId | undefined,
): readonly Machine[] =>
  machines
    .filter(each => fits(each, filter, site) && (sought.trim() === '' || found(each, sought)))
    .toSorted(inOrder(site));

/** A frame of the picture: one cluster, the nodes of a site that shows none, or what belongs to neither. */
export interface Group {
  readonly is: 'cluster' | 'nodes' | 'beside';
  readonly topology?: Topology;
  readonly servers: readonly Machine[];
  readonly agents: readonly Machine[];
  readonly others: readonly Machine[];
}

/**
 * The picture of a site: its own cluster first, then other clusters, then what belongs to none. A machine stands in it
 * once. Machines of no site that are not there any more are left to the table.
 */
export function pictured(inventory: Inventory, site: SiteId | undefined): readonly Group[] {
  const left = new Map(inventory.machines.map(each => [each.id, each]));
  const take = (ids: readonly MachineId[]): readonly Machine[] =>
    ids
      .flatMap(id => {
        const machine = left.get(id);
        left.delete(id);
        return machine ? [machine] : [];
      })
      .toSorted((a, b) => byName(a.name, b.name));
  const rest = (fit: (each: Machine) => boolean): readonly Machine[] =>
    take([...left.values()].filter(fit).map(({ id }) => id));
  const isOwn = (each: Topology): boolean => site !== undefined && each.site === site;
  const topologies = inventory.topologies.toSorted((a, b) => Number(isOwn(b)) - Number(isOwn(a)));
  const groups = topologies.map((topology): Group => {
    const [servers, agents] = [take(topology.servers), take(topology.agents)];
    const others = isOwn(topology) ? rest(each => siteOfMachine(each) === site) : [];
    return { is: 'cluster', topology, servers, agents, others };
  });
  const own = rest(each => site !== undefined && siteOfMachine(each) === site);
  const beside = rest(({ here }) => here);
  const none = { servers: [], agents: [] };
  return [
    ...groups,
    { is: 'nodes' as const, ...none, others: own },
    { is: 'beside' as const, ...none, others: beside },
  ].filter(each => each.servers.length + each.agents.length + each.others.length > 0);
}

const urgency: Readonly<Record<Health, number>> = {
  missing: 0,
  bad: 1,
  warn: 2,
  here: 3,
  noticed: 4,
  plugged: 5,
};

/** At most so many of a row: all in their order, or, where they are too many, those that need somebody first. */
export const drawn = (machines: readonly Machine[], most: number): readonly Machine[] =>
  machines.length <= most
    ? machines
    : machines.toSorted((a, b) => urgency[healthOf(a)] - urgency[healthOf(b)]).slice(0, most);

/** Machines of `now` that were heard since `before` was shown. No clock is asked: that of another laptop may differ. */
export function heardSince(before: Inventory | undefined, now: Inventory): readonly Machine[] {
  const seen = new Map(before?.machines.map(({ id, lastSeen }) => [id, lastSeen]));
  return now.machines.filter(({ id, lastSeen }) => seen.get(id) !== lastSeen);
}

/** How long a certificate is still good, as seen from a moment in milliseconds. */
export type Expiry = 'expired' | 'ends-soon' | 'not-yet' | 'good';

const soonMs = 30 * 86_400_000;

export function expiryOf({ notBefore, notAfter }: MachineCertificate, now: number): Expiry {
  if (Date.parse(notAfter) <= now) return 'expired';
  if (Date.parse(notBefore) > now) return 'not-yet';
  return Date.parse(notAfter) - now < soonMs ? 'ends-soon' : 'good';
}

import { FieldError } from '../../../../preload/contract/failure.ts';
import type { Facts } from '../preflight/facts.ts';

/** How K3s stands on a node: what every remedy has to know. No secrets. */
export interface Base {
  readonly init: 'systemd' | 'openrc';
  readonly unit: 'k3s' | 'k3s-agent';
  readonly role: 'server' | 'agent';
  /** As the service manager says it: `active`, `failed`, … */
  readonly active: string;
  readonly enabled: boolean;
  readonly version: string | undefined;
  readonly db: 'etcd' | 'sqlite' | 'none';
  /** Its name in the cluster. */
  readonly nodeName: string;
  readonly boot: string;
  /** Seconds the node's clock is ahead of the laptop's. */
  readonly clockAhead: number;
}

/**
 * Reads the base look (`k3s.…`, `init`, `now`); `laptop` is the laptop's time in seconds. Throws `refused` where no remedy
 * fits: no K3s, no service manager we know, a data folder elsewhere.
 */
export function baseOf(seen: Facts, laptop: number, about: string): Base {
  const init = seen.one('init');
  const units = seen.all('unit');
  const unit = units.includes('k3s') ? 'k3s' : units.includes('k3s-agent') ? 'k3s-agent' : undefined;
  const folder = seen.one('data.dir');
  const refuse = (says: string, next: string): never => {
    throw new FieldError({
      code: 'refused',
      says,
      about,
      untouched: 'Nothing was changed on the node.',
      next,
    });
  };
  if (!seen.whole)
    return refuse('The look at the node stopped before its end.', 'Try once more; then look at its shell.');
  if (init !== 'systemd' && init !== 'openrc')
    return refuse(
      'The node runs neither systemd nor OpenRC, so K3s cannot be stopped and started here.',
      'Look at the node in the terminal.',
    );
  if (unit === undefined)
    return refuse('There is no K3s service on this node.', 'Choose the right node, or install K3s.');
  if (folder !== undefined && folder.replace(/\/+$/, '') !== '/var/lib/rancher/k3s')
    return refuse(
      `K3s keeps its data in ${folder} on this node; the remedies know only /var/lib/rancher/k3s.`,
      'Repair it by hand in the terminal.',
    );
  const dbs = seen.all('db');
  return {
    init,
    unit,
    role: unit === 'k3s' ? 'server' : 'agent',
    active: seen.one('active') ?? 'unknown',
    enabled: seen.one('enabled') === 'enabled',
    version: /\bv\d+\.\d+\.\d+\S*/.exec(seen.one('version') ?? '')?.[0],
    db: dbs.includes('etcd') ? 'etcd' : dbs.includes('sqlite') ? 'sqlite' : 'none',
    nodeName: seen.one('node.name') ?? (seen.one('hostname') ?? '').toLowerCase(),
    boot: seen.one('boot') ?? '',
    clockAhead: Number(seen.one('now') ?? Number.NaN) - laptop,
  };
}

/** Does K3s run? One that is still starting may be one that dies at every start. */
export const isUp = ({ active }: Pick<Base, 'active'>): boolean =>
  active === 'active' || active === 'reloading';

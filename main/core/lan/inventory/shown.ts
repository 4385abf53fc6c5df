import type { Instant } from '../../../../preload/contract/domain.ts';
import type { Inventory, Machine, MachineCluster, MachineNote } from '../../../../preload/contract/scan.ts';
import { clusterOf, topologiesOf } from './clusters.ts';
import { conflictsOf } from './conflicts.ts';
import type { Ground, KnownMachine } from './machine.ts';
import { notesOf } from './notes.ts';

/** The inventory as people look at it: whose each machine is, what should be known of it, and what cannot be. */
export function shown(machines: readonly KnownMachine[], ground: Ground, at: Instant): Inventory {
  const whose = clusterOf(ground);
  const siteName = (id: string): string => ground.sites.find(each => each.id === id)?.name ?? 'the site';
  return {
    at,
    machines: machines
      .map(machine => shownOne(machine, whose(machine), siteName, at))
      .toSorted(
        (a, b) => Number(b.here) - Number(a.here) || a.name.localeCompare(b.name, 'en', { numeric: true }),
      ),
    conflicts: conflictsOf(machines),
    topologies: topologiesOf(machines, whose),
  };
}

function shownOne(
  machine: KnownMachine,
  cluster: MachineCluster,
  siteName: (id: string) => string,
  at: Instant,
): Machine {
  const {
    proves: _proves,
    issuer: _issuer,
    rivals: _rivals,
    caHash: _caHash,
    forged: _forged,
    ...rest
  } = machine;
  const claim: readonly MachineNote[] =
    machine.caHash !== undefined && !machine.proves
      ? [
          {
            tone: 'bad',
            says: `It shows the CA of ${cluster.is === 'claims' ? siteName(cluster.site) : 'a cluster'}, but holds no certificate of it.`,
            next: 'It may pretend to be a server of that cluster. Do not log in; find out what it is.',
          },
        ]
      : [];
  const forgery: readonly MachineNote[] =
    machine.forged === true
      ? [
          {
            tone: 'bad',
            says: `It calls itself a node of the cluster of ${machine.issuer ?? 'another CA'}, but that CA did not sign its certificate.`,
            next: 'Do not log in; find out what it is.',
          },
        ]
      : [];
  return { ...rest, cluster, notes: [...claim, ...forgery, ...notesOf(machine, at)] };
}

import type { MachineCluster, Topology } from '../../../../preload/contract/scan.ts';
import type { Ground, KnownMachine } from './machine.ts';

const isK3s = ({ kind }: KnownMachine): boolean => kind.startsWith('k3s');

/**
 * Tells of each machine whose it is. It is a site's only when it proved in a handshake to hold a certificate of one of the
 * site's CAs; a CA that is merely shown is a claim. What is known by its host key alone is known, not proven.
 */
export const clusterOf =
  (ground: Ground) =>
  (machine: KnownMachine): MachineCluster => {
    const { caHash, proves } = machine;
    const site = ground.sites.find(each => caHash !== undefined && each.caHashes.includes(caHash));
    if (site && caHash !== undefined)
      return proves ? { is: 'yours', site: site.id, caHash } : { is: 'claims', site: site.id, caHash };
    if (caHash !== undefined) return { is: 'unknown', caHash };
    const node = ground.nodes.find(each => each.id === machine.node);
    if (node) return { is: 'known', site: node.site };
    return isK3s(machine) ? { is: 'unknown' } : { is: 'none' };
  };

const hasEtcd = ({ services }: KnownMachine): boolean =>
  services.some(each => (each.what === 'etcd-client' || each.what === 'etcd-peer') && each.state === 'open');

/** Servers, agents and the majority of etcd, for each cluster that was seen. */
export function topologiesOf(
  machines: readonly KnownMachine[],
  whose: (machine: KnownMachine) => MachineCluster,
): readonly Topology[] {
  const groups = new Map<string, { readonly cluster: MachineCluster; readonly all: KnownMachine[] }>();
  // What only shows a CA, or names one that did not sign for it, has no place in a cluster.
  for (const machine of machines.filter(
    each => isK3s(each) && each.forged !== true && (each.caHash === undefined || each.proves),
  )) {
    const cluster = whose(machine);
    const key =
      'site' in cluster
        ? cluster.is === 'claims'
          ? undefined
          : cluster.site
        : (machine.caHash ?? machine.issuer);
    if (key === undefined) continue;
    const group = groups.get(key) ?? { cluster, all: [] };
    group.all.push(machine);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ cluster, all }): Topology => {
    const servers = all.filter(({ kind }) => kind === 'k3s-server');
    const members = servers.filter(hasEtcd);
    const vip = servers.find(each => each.vip !== undefined)?.vip;
    const caHash = servers.find(each => each.caHash !== undefined)?.caHash;
    return {
      ...('site' in cluster && { site: cluster.site }),
      ...(caHash !== undefined && { caHash }),
      servers: servers.map(({ id }) => id),
      agents: all.filter(({ kind }) => kind !== 'k3s-server').map(({ id }) => id),
      ...(vip !== undefined && { vip }),
      ...(members.length > 0 && {
        quorum: {
          members: members.length,
          here: members.filter(({ here }) => here).length,
          needed: Math.floor(members.length / 2) + 1,
        },
      }),
    };
  });
}

import type { SiteId } from '../../../../preload/contract/ids.ts';
import type { MachineCluster, Topology } from '../../../../preload/contract/scan.ts';
import type { Ground, KnownMachine } from './machine.ts';

const isK3s = ({ kind }: KnownMachine): boolean => kind.startsWith('k3s');

/** Names of CAs whose servers proved that they are a site's: `k3s-server-ca@…` by which its agents are known. */
function provenIssuers(machines: readonly KnownMachine[], ground: Ground): ReadonlyMap<string, SiteId> {
  const found = new Map<string, SiteId>();
  for (const { proves, caHash, issuer } of machines) {
    const site = ground.sites.find(each => caHash !== undefined && each.caHashes.includes(caHash));
    if (proves && site && issuer !== undefined) found.set(issuer, site.id);
  }
  return found;
}

/**
 * Tells of each machine whose it is. A server is a site's only when it proved in a handshake to hold a certificate of one of the
 * site's CAs; a CA that is merely shown is a claim. An agent shows no CA: by the name of its issuer it is known, not proven.
 */
export function clusterOf(
  machines: readonly KnownMachine[],
  ground: Ground,
): (machine: KnownMachine) => MachineCluster {
  const issuers = provenIssuers(machines, ground);
  return machine => {
    const { caHash, proves, issuer } = machine;
    const shown = ground.sites.find(each => caHash !== undefined && each.caHashes.includes(caHash));
    if (shown && caHash !== undefined)
      return proves ? { is: 'yours', site: shown.id, caHash } : { is: 'claims', site: shown.id, caHash };
    const node = ground.nodes.find(each => each.id === machine.node);
    if (caHash !== undefined && isK3s(machine)) return { is: 'unknown', caHash };
    const byIssuer = issuer === undefined || !isK3s(machine) ? undefined : issuers.get(issuer);
    if (byIssuer !== undefined) return { is: 'known', site: byIssuer };
    if (node) return { is: 'known', site: node.site };
    return isK3s(machine) || caHash !== undefined
      ? { is: 'unknown', ...(caHash !== undefined && { caHash }) }
      : { is: 'none' };
  };
}

const hasEtcd = ({ services }: KnownMachine): boolean =>
  services.some(each => (each.what === 'etcd-client' || each.what === 'etcd-peer') && each.state === 'open');

/** Servers, agents and the majority of etcd, for each cluster that was seen. */
export function topologiesOf(
  machines: readonly KnownMachine[],
  whose: (machine: KnownMachine) => MachineCluster,
): readonly Topology[] {
  const groups = new Map<string, { readonly cluster: MachineCluster; readonly all: KnownMachine[] }>();
  // What only shows a CA has no place in a cluster.
  for (const machine of machines.filter(each => isK3s(each) && (each.caHash === undefined || each.proves))) {
    const cluster = whose(machine);
    const key =
      'site' in cluster
        ? cluster.is === 'claims'
          ? undefined
          : cluster.site
        : (machine.issuer ?? ('caHash' in cluster ? cluster.caHash : undefined));
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

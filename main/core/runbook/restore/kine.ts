import type { SnapshotNode } from '../../../../preload/contract/snapshots/proof.ts';
import { namedBy, rowOf } from '../../snapshot-look/row.ts';
import { snapshotNode } from '../../snapshot-proof/nodes.ts';
import { isServer, workloadKinds, workloadOf } from './workloads.ts';
import type { Inside, Workload } from './workloads.ts';

/** One key of kine as it is now. */
export interface KineRow {
  readonly name: string;
  readonly value: Uint8Array;
}

/** Where the nodes and what keeps pods running lie (k3s-io/kine keeps etcd's keys as names). */
export const kinePrefixes = [
  '/registry/minions/',
  '/registry/deployments/',
  '/registry/statefulsets/',
  '/registry/daemonsets/',
] as const;

/** Newest row of every key of a prefix that was not deleted since (kine `pkg/drivers/sqlite`, table `kine`). */
export const kineQuery =
  'select name, value from kine where id in (select max(id) from kine where name >= ? and name < ? group by name) and deleted = 0 order by name';

/** First name behind all names of a prefix. */
export const behind = (prefix: string): string =>
  prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);

const most = 500;

/** What a restore of these rows has to bring back, and the K3s that its servers ran, where one says so. */
export function insideKine(rows: Iterable<KineRow>): Inside & { readonly k3sVersion: string } {
  const nodes: string[] = [];
  const servers: string[] = [];
  const workloads: Workload[] = [];
  let [more, k3sVersion] = [0, ''];
  for (const { name, value } of rows) {
    const key = namedBy(name);
    if (!key) continue;
    const { row, stored } = rowOf(key, value);
    if (row.kind === 'Node') {
      nodes.push(row.name);
      if (isServer(row)) servers.push(row.name);
      const seen: SnapshotNode | undefined = stored.is === 'object' ? snapshotNode(stored.object) : undefined;
      if (seen?.role === 'server' && seen.k3sVersion !== '') ({ k3sVersion } = seen);
    } else if ((workloadKinds as readonly string[]).includes(row.kind)) {
      if (workloads.length < most) workloads.push(workloadOf(row));
      else more += 1;
    }
  }
  return { nodes, servers, workloads, more, k3sVersion };
}

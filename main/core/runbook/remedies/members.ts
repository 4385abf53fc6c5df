/** A server of a cluster, as `kubectl get nodes -o json` tells. */
export interface Member {
  readonly name: string;
  readonly ready: boolean;
  readonly etcd: boolean;
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** Reads a list of nodes; undefined when it is none. */
export function membersIn(json: string): readonly Member[] | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(json);
  } catch {
    return undefined;
  }
  const items = record(raw)['items'];
  if (!Array.isArray(items)) return undefined;
  return items.map(record).map(item => {
    const metadata = record(item['metadata']);
    const conditions = record(item['status'])['conditions'];
    const all = Array.isArray(conditions) ? conditions.map(record) : [];
    return {
      name: typeof metadata['name'] === 'string' ? metadata['name'] : '',
      ready: all.some(one => one['type'] === 'Ready' && one['status'] === 'True'),
      etcd: 'node-role.kubernetes.io/etcd' in record(metadata['labels']),
    };
  });
}

/** Why a member may not be taken out and put back now; undefined when the others have quorum without it. */
export function noQuorumWithout(members: readonly Member[], name: string): string | undefined {
  const etcd = members.filter(one => one.etcd);
  const others = etcd.filter(one => one.name !== name);
  const ready = others.filter(one => one.ready).length;
  const total = others.length + 1;
  if (others.length === 0) return `${name} is the only server with etcd; there is nobody to join`;
  if (ready < Math.floor(total / 2) + 1 && total > 2)
    return `only ${ready} of the ${others.length} other servers are ready, and of ${total} members ${Math.floor(total / 2) + 1} have to be`;
  return ready === 0 ? 'no other server is ready' : undefined;
}

/** What `kubectl get node NAME -o json` tells of a node that a runbook wants to know. */
export interface KubeNode {
  readonly name: string;
  readonly ready: boolean;
  /** Why it is not ready, in the kubelet's words. */
  readonly says: string;
  readonly etcdVoter: boolean;
  readonly etcdRole: boolean;
  readonly version: string;
}

interface Condition {
  readonly type?: unknown;
  readonly status?: unknown;
  readonly message?: unknown;
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Reads the JSON of one Node object; undefined when it is none. */
export function kubeNode(json: string): KubeNode | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(json);
  } catch {
    return undefined;
  }
  const node = record(raw);
  if (node['kind'] !== 'Node') return undefined;
  const metadata = record(node['metadata']);
  const status = record(node['status']);
  const conditions = (
    Array.isArray(status['conditions']) ? status['conditions'] : []
  ) as readonly Condition[];
  const holds = (type: string): boolean => conditions.some(one => one.type === type && one.status === 'True');
  const ready = conditions.find(one => one.type === 'Ready');
  return {
    name: text(metadata['name']),
    ready: holds('Ready'),
    says: text(ready?.message),
    etcdVoter: holds('EtcdIsVoter'),
    etcdRole: 'node-role.kubernetes.io/etcd' in record(metadata['labels']),
    version: text(record(status['nodeInfo'])['kubeletVersion']),
  };
}

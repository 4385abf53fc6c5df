import type { Arch } from '../../../preload/contract/domain.ts';
import type { SnapshotNode } from '../../../preload/contract/snapshots/proof.ts';
import type { Json } from '../kubernetes/json.ts';
import { isObject } from '../kubernetes/object.ts';
import type { KubeObject } from '../kubernetes/object.ts';
import { objectsIn } from '../kubernetes/pod-spec.ts';
import { quantityBytes } from '../quantity.ts';

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const serverRoles = ['control-plane', 'etcd', 'master'].map(role => `node-role.kubernetes.io/${role}`);

/** What a Node object says of its machine. */
export function snapshotNode(object: KubeObject): SnapshotNode {
  const status = isObject(object['status']) ? object['status'] : {};
  const info = isObject(status['nodeInfo']) ? status['nodeInfo'] : {};
  const labels = object.metadata.labels ?? {};
  return {
    name: object.metadata.name ?? '',
    role: serverRoles.some(role => Object.hasOwn(labels, role)) ? 'server' : 'agent',
    addresses: objectsIn(status['addresses'])
      .filter(address => text(address['type']) !== 'Hostname')
      .map(address => text(address['address'])),
    k3sVersion: text(info['kubeletVersion']),
    arch: text(info['architecture']),
    osImage: text(info['osImage']),
    kernel: text(info['kernelVersion']),
  };
}

/** When the node was last heard of before the snapshot: the newest heartbeat among its conditions. */
export function lastHeartbeat(object: KubeObject): string | undefined {
  const status = isObject(object['status']) ? object['status'] : {};
  return objectsIn(status['conditions'])
    .map(condition => text(condition['lastHeartbeatTime']))
    .filter(at => at !== '')
    .toSorted()
    .at(-1);
}

/** The quota etcd was started with on this node, in bytes, from K3s' own note of its arguments; absent: the default. */
export function quotaOn(object: KubeObject): number | undefined {
  try {
    const args: unknown = JSON.parse(object.metadata.annotations?.['k3s.io/node-args'] ?? '[]');
    const found = (Array.isArray(args) ? args : [])
      .map(arg => /^(?:--etcd-arg=)?(?:--)?quota-backend-bytes=(.+)$/.exec(String(arg))?.[1])
      .findLast(value => value !== undefined);
    return found === undefined ? undefined : quantityBytes(found);
  } catch {
    return undefined;
  }
}

/** K3s' names of architectures; others are not installed by it. */
export const archOf = (name: string): Arch | undefined =>
  name === 'amd64' || name === 'arm64' || name === 'arm' ? name : undefined;

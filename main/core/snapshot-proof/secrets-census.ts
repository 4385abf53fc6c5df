import type { KeyValue } from '../etcd-snapshot/kv.ts';

/** How Kubernetes' API server wrote a value: the name of its encryption, `plain`, or `unknown` (neither). */
type Sealing = 'aescbc' | 'secretbox' | 'aesgcm' | 'kms' | 'plain' | 'unknown';

/** How the Secrets of a snapshot lie in etcd. Names keys, never a value. */
export interface SecretsCensus {
  /** Counts by namespace, then by how they are sealed. */
  readonly namespaces: ReadonlyMap<string, ReadonlyMap<Sealing, number>>;
  /** Keys of Secrets in the clear, in the order of the snapshot. */
  readonly plain: readonly string[];
}

const headBytes = 32;

function sealing(value: Uint8Array): Sealing {
  const head = Buffer.from(value.subarray(0, headBytes)).toString('latin1');
  const [, by] = /^k8s:enc:(aescbc|secretbox|aesgcm|kms):/.exec(head) ?? [];
  if (by === 'aescbc' || by === 'secretbox' || by === 'aesgcm' || by === 'kms') return by;
  return head.startsWith('k8s\0') || head.startsWith('{') ? 'plain' : 'unknown';
}

/** Counts the Secrets among `keys`, those under `/registry/secrets/<namespace>/<name>`; others are passed over. */
export function secretsCensus(keys: Iterable<KeyValue>): SecretsCensus {
  const namespaces = new Map<string, Map<Sealing, number>>();
  const plain: string[] = [];
  for (const { key, value } of keys) {
    const name = Buffer.from(key).toString('utf8');
    const [, namespace] = /^\/registry\/secrets\/([^/]+)\/[^/]+$/.exec(name) ?? [];
    if (namespace === undefined) continue;
    const is = sealing(value);
    const counts = namespaces.get(namespace) ?? new Map<Sealing, number>();
    namespaces.set(namespace, counts.set(is, (counts.get(is) ?? 0) + 1));
    if (is === 'plain') plain.push(name);
  }
  return { namespaces, plain };
}

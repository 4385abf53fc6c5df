import type { SnapshotObject } from '../../../preload/contract/snapshots/look.ts';
import type { Json } from '../kubernetes/json.ts';
import { isObject, storedObject } from '../kubernetes/object.ts';
import type { KubeObject, Stored } from '../kubernetes/object.ts';
import { imagesOf } from '../kubernetes/pod-spec.ts';
import { kindOfResource } from './kind-names.ts';
import { nameAt, placeOf } from './resource-key.ts';

/** A key of etcd taken apart. */
export interface Named {
  readonly key: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Nothing for K3s' and etcd's own keys. */
export function namedBy(key: string): Named | undefined {
  const at = nameAt(Buffer.from(key));
  const bytes = Buffer.from(key);
  const place = placeOf(bytes.subarray(0, at).toString('utf8'));
  const name = bytes.subarray(at).toString('utf8');
  return place && name !== '' ? { key, ...place, name } : undefined;
}

const mostLabels = 100;

/** An object as a row of the browser, with what was read for it. */
export function rowOf(
  named: Named,
  value: Uint8Array,
): { readonly row: SnapshotObject; readonly stored: Stored } {
  const stored = storedObject(value);
  const base = { ...named, bytes: value.length };
  const nothing = { kind: kindOfResource(named.resource), apiVersion: '', labels: [], images: [] };
  if (stored.is === 'sealed') return { row: { ...base, ...nothing, sealed: stored.by }, stored };
  if (stored.is === 'unread') return { row: { ...base, ...nothing, unread: stored.says }, stored };
  return { row: { ...base, ...facts(stored.object) }, stored };
}

function facts(
  object: KubeObject,
): Pick<SnapshotObject, 'kind' | 'apiVersion' | 'labels' | 'images' | 'replicas'> {
  const { spec } = object;
  const replicas = isObject(spec) && typeof spec['replicas'] === 'number' ? spec['replicas'] : undefined;
  const { creationTimestamp } = object.metadata;
  return {
    kind: object.kind,
    apiVersion: object.apiVersion,
    labels: labelsOf(object),
    images: imagesOf(object),
    ...(replicas === undefined ? {} : { replicas }),
    ...(typeof creationTimestamp === 'string' ? { createdAt: creationTimestamp } : {}),
  };
}

function labelsOf(object: KubeObject): SnapshotObject['labels'] {
  const labels: Json | undefined = object.metadata.labels;
  if (!isObject(labels)) return [];
  return Object.entries(labels)
    .slice(0, mostLabels)
    .map(([name, value]) => ({ name, value: typeof value === 'string' ? value : '' }));
}

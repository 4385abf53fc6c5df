import { Document } from 'yaml';
import type { Json } from '../kubernetes/json.ts';
import { isObject } from '../kubernetes/object.ts';
import type { KubeObject } from '../kubernetes/object.ts';

/** An object without the record of who wrote which of its fields. */
export function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields, ...metadata } = object.metadata;
  return managedFields === undefined ? object : { ...object, metadata };
}

/** Fields in the order of their names, as kubectl prints them. */
function sorted(value: Json | undefined): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(sorted);
  if (!isObject(value)) return value ?? null;
  const made: Record<string, Json> = {};
  for (const name of Object.keys(value).toSorted())
    Object.defineProperty(made, name, { value: sorted(value[name]), enumerable: true });
  return made;
}

/** An object as `kubectl get -o yaml` prints it. */
export function yamlOf(object: KubeObject): string {
  // YAML 1.1, which Kubernetes reads, takes `yes`, `012` and `1:30` for something else than text: they are quoted then.
  const document = new Document(sorted(object), { version: '1.1', aliasDuplicateObjects: false });
  return document.toString({ lineWidth: 0, directives: false, indentSeq: false });
}

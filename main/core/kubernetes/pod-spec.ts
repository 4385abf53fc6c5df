import type { Json, JsonObject } from './json.ts';
import { isObject } from './object.ts';
import type { KubeObject } from './object.ts';

/** Where each kind keeps the pod it runs, or the pods it makes. */
const places: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  PodTemplate: ['template', 'spec'],
  Deployment: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  ReplicationController: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/** The spec of the pods an object runs or makes; nothing for what makes none. */
export function podSpecOf(object: KubeObject): JsonObject | undefined {
  const place = Object.hasOwn(places, object.kind) ? places[object.kind] : undefined;
  if (!place) return undefined;
  let at: Json | undefined = object;
  for (const name of place) at = isObject(at) ? at[name] : undefined;
  return isObject(at) ? at : undefined;
}

const containerLists = ['initContainers', 'containers', 'ephemeralContainers'];

/** What lies in a list of objects, without anything else in it. */
export const objectsIn = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? (value as readonly Json[]).filter(isObject) : [];

/** The containers of a pod's spec, those that start first first. */
export const containersOf = (spec: JsonObject): readonly JsonObject[] =>
  containerLists.flatMap(list => objectsIn(spec[list]));

/** The images an object runs, as they are written there; each once. */
export function imagesOf(object: KubeObject): readonly string[] {
  const spec = podSpecOf(object);
  if (!spec) return [];
  const images = [
    ...containersOf(spec).map(container => container['image']),
    ...objectsIn(spec['volumes']).map(volume =>
      isObject(volume['image']) ? volume['image']['reference'] : undefined,
    ),
  ];
  return [...new Set(images.filter(image => typeof image === 'string' && image !== ''))] as string[];
}

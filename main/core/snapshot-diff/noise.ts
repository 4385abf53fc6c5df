/** What changes all by itself, in every cluster and all the time. */

/** Resources that are made from others, or that only say that something is still alive. */
const alwaysNoise = new Set([
  'events',
  'leases',
  'masterleases',
  'endpoints',
  'endpointslices',
  'ranges',
  'etcdsnapshotfiles.k3s.cattle.io',
  'ciliumendpoints.cilium.io',
  'nodes.metrics.k8s.io',
  'pods.metrics.k8s.io',
]);

export const isNoiseResource = (resource: string): boolean => alwaysNoise.has(resource);

/** Objects that K3s writes again at every start or every snapshot. */
const noiseNames = new Set([
  'kube-system/configmaps/k3s-etcd-snapshots',
  'kube-system/configmaps/extension-apiserver-authentication',
]);

export const isNoiseObject = (namespace: string, resource: string, name: string): boolean =>
  isNoiseResource(resource) || noiseNames.has(`${namespace}/${resource}/${name}`);

const noiseFields = new Set([
  'metadata.resourceVersion',
  'metadata.managedFields',
  'metadata.generation',
  'metadata.selfLink',
  'status.observedGeneration',
]);
const noiseAnnotations = new Set([
  'control-plane.alpha.kubernetes.io/leader',
  'endpoints.kubernetes.io/last-change-trigger-time',
  'deployment.kubernetes.io/revision',
  'kubectl.kubernetes.io/last-applied-configuration',
  'objectset.rio.cattle.io/applied',
]);
/** Times at which something was looked at, not at which it changed. */
const heartbeats = new Set(['lastHeartbeatTime', 'lastUpdateTime', 'lastProbeTime', 'renewTime']);
/** What a node holds of images, and how full it is, differs at every look. */
const ofNodes = new Set(['status.images', 'status.volumesInUse', 'status.volumesAttached']);

/** Whether a difference at this place says nothing of what happened. */
export function isNoiseField(kind: string, path: readonly string[]): boolean {
  if (path[0] === 'metadata' && path[1] === 'annotations') return noiseAnnotations.has(path[2] ?? '');
  if (path[0] === 'status' && heartbeats.has(path.at(-1) ?? '')) return true;
  const text = path.join('.');
  return noiseFields.has(text) || (kind === 'Node' && ofNodes.has(text));
}

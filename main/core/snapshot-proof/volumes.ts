import type { OutsideVolume } from '../../../preload/contract/snapshots/proof.ts';
import type { Json, JsonObject } from '../kubernetes/json.ts';
import { isObject } from '../kubernetes/object.ts';
import type { KubeObject } from '../kubernetes/object.ts';
import { objectsIn, podSpecOf } from '../kubernetes/pod-spec.ts';

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const at = (value: Json | undefined, name: string): JsonObject => {
  const found = isObject(value) ? value[name] : undefined;
  return isObject(found) ? found : {};
};

/** The one node a volume is bound to, by its affinity; empty when it may be on several. */
function nodeOf(spec: JsonObject): string {
  const names = objectsIn(at(at(spec, 'nodeAffinity'), 'required')['nodeSelectorTerms'])
    .flatMap(term => [...objectsIn(term['matchExpressions']), ...objectsIn(term['matchFields'])])
    .filter(rule => ['kubernetes.io/hostname', 'metadata.name'].includes(text(rule['key'])))
    .flatMap(rule => (Array.isArray(rule['values']) ? rule['values'].map(value => text(value as Json)) : []));
  return names.length === 1 ? (names[0] ?? '') : '';
}

function claimOf(spec: JsonObject): string {
  const claim = at(spec, 'claimRef');
  return text(claim['name']) === '' ? '' : `${text(claim['namespace'])}/${text(claim['name'])}`;
}

/** Where the data of a PersistentVolume lies. It is never in etcd. */
export function volumeOf(object: KubeObject): OutsideVolume {
  const spec = at(object, 'spec');
  const own = { name: object.metadata.name ?? '', node: nodeOf(spec), claim: claimOf(spec) };
  if (isObject(spec['local'])) return { ...own, kind: 'local', path: text(spec['local']['path']) };
  if (isObject(spec['hostPath'])) return { ...own, kind: 'hostPath', path: text(spec['hostPath']['path']) };
  if (isObject(spec['nfs']))
    return { ...own, kind: 'nfs', path: `${text(spec['nfs']['server'])}:${text(spec['nfs']['path'])}` };
  if (isObject(spec['csi']))
    return {
      ...own,
      kind: 'csi',
      path: `${text(spec['csi']['driver'])} ${text(spec['csi']['volumeHandle'])}`,
    };
  return { ...own, kind: 'other', path: '' };
}

/** What every machine has by itself: mounting it keeps no data of the site. */
const ofTheSystem =
  /^\/(?:$|proc|sys|dev|run|tmp|boot|usr|lib|lib64|sbin|bin|var\/run|var\/lock|var\/log|var\/lib\/kubelet|var\/lib\/rancher\/k3s\/(?:agent|data)|etc\/(?:machine-id|localtime|hostname|resolv\.conf|ssl|os-release|cni|pki))(?:\/|$)/;

/** Folders of the node that the pods of an object keep data in, those of the system left out. */
export function hostFolders(object: KubeObject): readonly OutsideVolume[] {
  const spec = podSpecOf(object);
  if (!spec) return [];
  const { namespace = '', name = '' } = object.metadata;
  return objectsIn(spec['volumes']).flatMap(volume => {
    const path = text(at(volume, 'hostPath')['path']);
    if (path === '' || ofTheSystem.test(path)) return [];
    return [
      {
        name: `${namespace}/${object.kind}/${name}`,
        node: text(spec['nodeName']),
        path,
        kind: 'hostPath' as const,
        claim: '',
      },
    ];
  });
}

import type { OutsideVolume, SnapshotNode } from '../../../preload/contract/snapshots/proof.ts';
import type { KeyValue } from '../etcd-snapshot/kv.ts';
import { fullImageName } from '../image-name.ts';
import { envelopeOf } from '../kubernetes/envelope.ts';
import { kubeObject } from '../kubernetes/object.ts';
import type { KubeObject } from '../kubernetes/object.ts';
import { imagesOf } from '../kubernetes/pod-spec.ts';
import type { Encryption } from './encryption.ts';
import { Names } from './names.ts';
import type { Named } from './names.ts';
import { lastHeartbeat, quotaOn, snapshotNode } from './nodes.ts';
import { SecretsCensus } from './secrets-census.ts';
import type { SecretsFound } from './secrets-census.ts';
import { hostFolders, volumeOf } from './volumes.ts';

/** What the live keys of a snapshot say of its site. */
export interface ContentsFound {
  /** Keys under `/registry/`: the envelope of every one was looked at. */
  readonly objects: number;
  /** Of these, what is not written as Kubernetes writes. */
  readonly unreadable: Named;
  /** Objects that were read whole: nodes, volumes and what runs pods. */
  readonly decoded: number;
  /** Of those that should have been, what could not be. */
  readonly undecoded: Named;
  readonly secrets: SecretsFound;
  readonly nodes: readonly SnapshotNode[];
  readonly volumes: readonly OutsideVolume[];
  readonly moreVolumes: number;
  /** In full, as containerd names them. */
  readonly images: readonly string[];
  readonly clusterUid?: string;
  /** The last that was heard of any node. */
  readonly lastHeartbeat?: string;
  /** etcd's quota in bytes where a server sets one: the smallest. */
  readonly quota?: number;
}

/** More than a site on K3s has; a made-up snapshot shall not fill the memory. */
const most = { nodes: 2000, volumes: 2000, images: 5000 };

const runsPods = new Set([
  'pods',
  'deployments',
  'statefulsets',
  'daemonsets',
  'replicasets',
  'jobs',
  'cronjobs',
  'controllers',
]);

/** Old ReplicaSets are kept for undoing a rollout; the site does not run their images. */
const isHistory = (object: KubeObject): boolean => {
  const spec = object['spec'];
  const { replicas } = (typeof spec === 'object' && spec !== null ? spec : {}) as { replicas?: unknown };
  return object.kind === 'ReplicaSet' && (replicas === 0 || object.metadata['ownerReferences'] !== undefined);
};

/** Collects from live keys as they go by, in any order. */
export class SnapshotContents {
  readonly #census: SecretsCensus;
  readonly #nodes: SnapshotNode[] = [];
  readonly #volumes: OutsideVolume[] = [];
  readonly #folders = new Map<string, OutsideVolume>();
  readonly #images = new Set<string>();
  readonly #unreadable = new Names();
  readonly #undecoded = new Names();
  #objects = 0;
  #decoded = 0;
  #moreVolumes = 0;
  #clusterUid: string | undefined;
  #heard: string | undefined;
  #quota: number | undefined;

  constructor(encryption: Encryption | undefined) {
    this.#census = new SecretsCensus(encryption);
  }

  take({ key, value }: KeyValue): void {
    const name = Buffer.from(key.buffer, key.byteOffset, key.length).toString('utf8');
    if (!name.startsWith('/registry/')) return;
    this.#objects += 1;
    const resource = name.slice('/registry/'.length, name.indexOf('/', '/registry/'.length));
    if (resource === 'secrets') this.#census.take(name, value);
    else if (envelopeOf(value).is === 'unknown') this.#unreadable.add(name);
    else if (resource === 'minions' || resource === 'persistentvolumes' || runsPods.has(resource))
      this.#read(resource, name, value);
    else if (name === '/registry/namespaces/kube-system')
      this.#clusterUid = this.#object(name, value)?.metadata.uid;
  }

  #object(name: string, value: Uint8Array): KubeObject | undefined {
    const object = kubeObject(name, value);
    if (object) this.#decoded += 1;
    else this.#undecoded.add(name);
    return object;
  }

  #read(resource: string, name: string, value: Uint8Array): void {
    const object = this.#object(name, value);
    if (!object) return;
    if (resource === 'minions') this.#node(object);
    else if (resource === 'persistentvolumes') this.#volume(volumeOf(object));
    else this.#workload(object);
  }

  #node(object: KubeObject): void {
    if (this.#nodes.length < most.nodes) this.#nodes.push(snapshotNode(object));
    const heard = lastHeartbeat(object);
    if (heard !== undefined && heard > (this.#heard ?? '')) this.#heard = heard;
    const quota = quotaOn(object);
    if (quota !== undefined) this.#quota = Math.min(quota, this.#quota ?? Infinity);
  }

  #volume(volume: OutsideVolume): void {
    if (this.#volumes.length < most.volumes) this.#volumes.push(volume);
    else this.#moreVolumes += 1;
  }

  #workload(object: KubeObject): void {
    if (isHistory(object)) return;
    for (const image of imagesOf(object))
      if (this.#images.size < most.images) this.#images.add(fullImageName(image));
    for (const folder of hostFolders(object)) {
      const place = `${folder.node} ${folder.path}`;
      if (!this.#folders.has(place) && this.#folders.size < most.volumes) this.#folders.set(place, folder);
    }
  }

  /** A folder that a running pod uses is known with its node; what would make such pods adds nothing to it. */
  #hostFolders(): readonly OutsideVolume[] {
    const all = [...this.#folders.values()];
    const placed = new Set(all.filter(each => each.node !== '').map(each => each.path));
    return all.filter(each => each.node !== '' || !placed.has(each.path));
  }

  found(): ContentsFound {
    return {
      objects: this.#objects,
      unreadable: this.#unreadable.named(),
      decoded: this.#decoded,
      undecoded: this.#undecoded.named(),
      secrets: this.#census.found(),
      nodes: this.#nodes,
      volumes: [...this.#volumes, ...this.#hostFolders()],
      moreVolumes: this.#moreVolumes,
      images: [...this.#images].toSorted(),
      ...(this.#clusterUid === undefined ? {} : { clusterUid: this.#clusterUid }),
      ...(this.#heard === undefined ? {} : { lastHeartbeat: this.#heard }),
      ...(this.#quota === undefined ? {} : { quota: this.#quota }),
    };
  }
}

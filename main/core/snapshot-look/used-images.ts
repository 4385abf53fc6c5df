import type { Arch } from '../../../preload/contract/domain.ts';
import type { UsedImage } from '../../../preload/contract/snapshots/look.ts';
import type { Reading } from '../etcd-snapshot/read.ts';
import { imageName, fullImageName } from '../image-name.ts';
import type { ArchivedImage } from '../image-archive.ts';
import { isObject, kubeObject } from '../kubernetes/object.ts';
import type { KubeObject } from '../kubernetes/object.ts';
import { imagesOf, objectsIn } from '../kubernetes/pod-spec.ts';
import { compare } from './contents.ts';

/** Where the objects that make pods lie. Those that make others come first, so that pods can be told by who made them. */
const folders = [
  'cronjobs',
  'deployments',
  'statefulsets',
  'daemonsets',
  'controllers',
  'replicasets',
  'jobs',
  'podtemplates',
  'pods',
].map(resource => `/registry/${resource}/`);

const mostUsers = 50;

/** What a site runs: every image and who uses it, and the architectures of its nodes. */
export interface SiteImages {
  readonly arches: readonly Arch[];
  readonly images: readonly UsedImage[];
}

/** Collects the images of all pods, and of everything that makes pods. */
export function siteImages(reading: Pick<Reading, 'live'>, goOn: () => void = () => undefined): SiteImages {
  const users = new Map<string, Set<string>>();
  const makers = new Map<string, string>();
  for (const folder of folders)
    for (const object of objectsUnder(reading, folder, goOn)) {
      const [self, maker] = [nameOf(object), makerOf(object)];
      const top =
        maker === undefined ? undefined : (makers.get(maker) ?? (isKnown(maker) ? maker : undefined));
      makers.set(self, top ?? self);
      if (isHistory(object, maker)) continue;
      for (const image of imagesOf(object)) {
        const full = fullImageName(image);
        users.set(full, (users.get(full) ?? new Set()).add(top ?? self));
      }
    }
  const images = [...users].toSorted(([a], [b]) => compare(a, b)).map(([image, by]) => usedImage(image, by));
  return { arches: archesOf(reading, goOn), images };
}

function usedImage(image: string, by: ReadonlySet<string>): UsedImage {
  const usedBy = [...by].toSorted();
  return { image, usedBy: usedBy.slice(0, mostUsers), moreUsers: Math.max(0, usedBy.length - mostUsers) };
}

function* objectsUnder(
  reading: Pick<Reading, 'live'>,
  folder: string,
  goOn: () => void,
): Generator<KubeObject, void> {
  for (const { key, value } of reading.live(folder)) {
    goOn();
    const object = kubeObject(Buffer.from(key).toString('utf8'), value);
    if (object) yield object;
  }
}

const nameOf = ({ kind, metadata }: KubeObject): string =>
  `${metadata.namespace ?? ''}/${kind}/${metadata.name ?? ''}`;

/** Who made an object, as `namespace/kind/name`. */
function makerOf({ metadata }: KubeObject): string | undefined {
  const owner = objectsIn(metadata['ownerReferences']).find(each => each['controller'] === true);
  const { kind, name } = owner ?? {};
  return typeof kind === 'string' && typeof name === 'string'
    ? `${metadata.namespace ?? ''}/${kind}/${name}`
    : undefined;
}

const isKnown = (maker: string): boolean =>
  /\/(?:Deployment|StatefulSet|DaemonSet|ReplicaSet|ReplicationController|Job|CronJob)\//.test(maker);

/** A Deployment keeps its earlier ReplicaSets, with no pods, for going back. */
const isHistory = ({ kind, spec }: KubeObject, maker: string | undefined): boolean =>
  kind === 'ReplicaSet' && maker !== undefined && isObject(spec) && (spec['replicas'] ?? 0) === 0;

const known: readonly Arch[] = ['amd64', 'arm64', 'arm'];

function archesOf(reading: Pick<Reading, 'live'>, goOn: () => void): readonly Arch[] {
  const found = new Set<unknown>();
  for (const { status } of objectsUnder(reading, '/registry/minions/', goOn))
    if (isObject(status) && isObject(status['nodeInfo'])) found.add(status['nodeInfo']['architecture']);
  return known.filter(arch => found.has(arch));
}

/** Images of a bundle by the architecture of the archive they lie in. */
export type BundleImages = ReadonlyMap<Arch, readonly ArchivedImage[]>;

/** Says of each image for which architectures a bundle holds it. An image of another architecture counts for none. */
export function comparedWith(
  images: readonly UsedImage[],
  bundle: BundleImages,
  arches: readonly Arch[],
): readonly UsedImage[] {
  const shelves = arches.map(arch => [arch, shelf(bundle.get(arch) ?? [], arch)] as const);
  return images.map(used => {
    const held = shelves.map(([arch, has]) => [arch, has(used.image)] as const);
    const inBundle = held.filter(([, how]) => how !== 'no').map(([arch]) => arch);
    const byNameOnly = held.some(([, how]) => how === 'by-name');
    return { ...used, inBundle, ...(byNameOnly ? { byNameOnly } : {}) };
  });
}

/** Whether an archive has an image of this name: with its tag, or with its digest where it tells digests. */
function shelf(archived: readonly ArchivedImage[], arch: Arch): (image: string) => 'yes' | 'by-name' | 'no' {
  const fitting = archived.filter(image => image.arch === undefined || image.arch === arch);
  const [tags, digests] = [new Set<string>(), new Set<string>()];
  for (const { name, digests: own } of fitting) {
    const { repository, tag, digest } = imageName(name);
    if (tag !== undefined) tags.add(`${repository}:${tag}`);
    for (const each of [...own, ...(digest === undefined ? [] : [digest])])
      digests.add(`${repository}@${each}`);
  }
  return image => {
    const { repository, tag, digest } = imageName(image);
    if (digest === undefined) return tags.has(`${repository}:${tag}`) ? 'yes' : 'no';
    if (digests.has(`${repository}@${digest}`)) return 'yes';
    return tag !== undefined && tags.has(`${repository}:${tag}`) ? 'by-name' : 'no';
  };
}

const count = (n: number, one: string, many: string): string => (n === 1 ? `1 ${one}` : `${n} ${many}`);

/** What the comparison says, in a sentence. */
export function imagesSay(
  images: readonly UsedImage[],
  bundle: { readonly k3sVersion: string; readonly arches: readonly Arch[] } | undefined,
): { readonly says: string; readonly missing: number } {
  const all = count(images.length, 'image', 'images');
  if (!bundle) return { says: `The site runs ${all}.`, missing: 0 };
  const { arches, k3sVersion } = bundle;
  const missing = images.filter(each => (each.inBundle?.length ?? 0) < arches.length).length;
  const loose = images.filter(each => each.byNameOnly).length;
  const where = `the bundle ${k3sVersion} for ${arches.join(' and ')}`;
  if (arches.length === 0)
    return { says: 'The snapshot names no node, so there is no architecture to compare for.', missing };
  if (images.length === 0) return { says: 'The site runs no images.', missing };
  if (missing > 0)
    return {
      says: `${count(missing, 'image', 'images')} of ${images.length} ${missing === 1 ? 'is' : 'are'} not in ${where}.`,
      missing,
    };
  if (loose > 0)
    return {
      says: `Every name is in ${where}, but ${count(loose, 'image is', 'images are')} asked for by a digest that could not be compared.`,
      missing,
    };
  return { says: `${images.length === 1 ? 'The image is' : `All ${all} are`} in ${where}.`, missing };
}

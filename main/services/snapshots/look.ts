import { join } from 'node:path';
import type { Arch } from '../../../preload/contract/domain.ts';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { BundleId } from '../../../preload/contract/ids.ts';
import type { SnapshotFile } from '../../../preload/contract/snapshots/file.ts';
import type { SnapshotImages } from '../../../preload/contract/snapshots/look.ts';
import type { CallContext, CallHandlers } from '../../bridge/handlers.ts';
import type { ArchivedImage } from '../../core/image-archive.ts';
import { comparedWith, imagesSay } from '../../core/snapshot-look/used-images.ts';
import type { LookOptions, Work } from '../../ports.ts';
import type { Bundles } from '../bundles/bundles.ts';
import type { Snapshots } from './snapshots.ts';

type Calls = Pick<
  CallHandlers,
  'snapshot.contents' | 'snapshot.objects' | 'snapshot.object' | 'snapshot.images' | 'snapshot.diff'
>;

export interface LookDeps {
  readonly work: Pick<Work, 'look' | 'snapshotDiff' | 'imagesIn'>;
  readonly snapshots: Pick<Snapshots, 'get'>;
  readonly bundles: Pick<Bundles, 'get' | 'archives'>;
  /** The app's folder on this laptop. */
  readonly home: string;
}

/** Looking into snapshots, with no cluster at hand: what is inside, one object, the images, and what differs. */
export function lookService({ work, snapshots, bundles, home }: LookDeps): { readonly calls: Calls } {
  const pathOf = (of: SnapshotFile): string => (of.is === 'kept' ? snapshots.get(of.snapshot).path : of.path);
  const how = (
    evenIfDamaged: boolean | undefined,
    { signal, progress }: CallContext,
    what: string,
  ): LookOptions => ({
    evenIfDamaged,
    signal,
    scratch: join(home, 'scratch'),
    onProgress: done => progress({ what, done, unit: 'bytes' }),
  });
  const reading = 'Reading the snapshot';
  const archived = imageLists(work);
  return {
    calls: {
      'snapshot.contents': async ({ of, evenIfDamaged }, context) => {
        const path = pathOf(of);
        return { path, ...(await work.look.contents(path, how(evenIfDamaged, context, reading))) };
      },
      'snapshot.objects': ({ of, evenIfDamaged, ...wanted }, context) =>
        work.look.objects(pathOf(of), wanted, how(evenIfDamaged, context, reading)),
      'snapshot.object': ({ of, evenIfDamaged, key, managedFields = false }, context) =>
        work.look.object(pathOf(of), { key, managedFields }, how(evenIfDamaged, context, reading)),
      'snapshot.images': async ({ of, evenIfDamaged, bundle, arch }, context) => {
        const site = await work.look.images(pathOf(of), how(evenIfDamaged, context, reading));
        if (bundle === undefined) return { ...site, says: imagesSay(site.images, undefined).says };
        const arches = arch === undefined ? site.arches : [arch];
        const held = await heldBy(bundles, bundle, arches, archived, context);
        return against(site, { id: bundle, k3sVersion: bundles.get(bundle).k3sVersion, arches }, held);
      },
      'snapshot.diff': ({ from, to, evenIfDamaged, anyCluster }, context) =>
        work.snapshotDiff(pathOf(from), pathOf(to), {
          ...how(evenIfDamaged, context, 'Comparing the snapshots'),
          anyCluster,
        }),
    },
  };
}

function against(
  site: Pick<SnapshotImages, 'arches' | 'images'>,
  bundle: { readonly id: BundleId; readonly k3sVersion: string; readonly arches: readonly Arch[] },
  held: ReadonlyMap<Arch, readonly ArchivedImage[]>,
): SnapshotImages {
  const images = comparedWith(site.images, held, bundle.arches);
  const { says, missing } = imagesSay(images, bundle);
  return { arches: site.arches, images, bundle: { ...bundle, missing }, says };
}

type Listing = (path: string, sha256: string, signal: AbortSignal) => Promise<readonly ArchivedImage[]>;

/** An archive in the vault never changes, so what it holds is looked up once as long as the app runs. */
export function imageLists(work: Pick<Work, 'imagesIn'>): Listing {
  const known = new Map<string, readonly ArchivedImage[]>();
  return async (path, sha256, signal) => {
    const list = known.get(sha256) ?? (await work.imagesIn(path, signal));
    known.set(sha256, list);
    return list;
  };
}

/** What a bundle holds for each architecture. What came with it counts for the architecture its images say. */
export async function heldBy(
  bundles: Pick<Bundles, 'archives'>,
  id: BundleId,
  arches: readonly Arch[],
  listing: Listing,
  { signal, progress }: CallContext,
): Promise<ReadonlyMap<Arch, readonly ArchivedImage[]>> {
  const held = new Map<Arch, ArchivedImage[]>();
  for (const { name, path, sha256, arch } of bundles.archives(id)) {
    if (arch !== undefined && !arches.includes(arch)) continue;
    progress({ what: `Reading what ${name} holds`, done: 0, unit: 'files' });
    const list = await listing(path, sha256, signal).catch((thrown: unknown) => {
      // Something packed that came with the bundle need not hold images.
      if (arch === undefined && failureOf(thrown).code === 'damaged') return [];
      throw thrown;
    });
    for (const each of arch === undefined ? arches : [arch]) {
      const fitting = arch === undefined ? list.filter(image => image.arch === each) : list;
      held.set(each, [...(held.get(each) ?? []), ...fitting]);
    }
  }
  return held;
}

import type { World } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { CallHandlers } from '../../bridge/handlers.ts';
import type { PublicKey } from '../../core/minisign.ts';
import type { Clock, Files, Work } from '../../ports.ts';
import { allBundles } from '../../store/bundles.ts';
import type { Store } from '../../store/store.ts';
import type { Bundles } from './bundles.ts';
import { archives, delivery } from './delivery.ts';
import { importFolder, verifyFolder } from './import.ts';
import type { ImportTools } from './import.ts';
import { consent, known, remove, verifyKept } from './kept.ts';
import { objectsIn } from './objects.ts';
import { turns } from './turns.ts';

export interface BundleParts {
  readonly store: Store;
  readonly files: Files;
  readonly work: Pick<Work, 'hash' | 'copy'>;
  readonly clock: Clock;
  /** `bundles` is the vault's folder, `keys` holds the technician's own trusted keys. */
  readonly home: { readonly bundles: string; readonly keys: string };
  readonly world: World;
  /** Folder with the public keys that ship with the app. */
  readonly shippedKeys: string;
  /** Bundle keys of headquarters' newest key list. */
  readonly listedKeys?: (() => readonly PublicKey[]) | undefined;
}

type BundleCalls = Pick<
  CallHandlers,
  'bundle.list' | 'bundle.import' | 'bundle.verify' | 'bundle.consent' | 'bundle.remove'
>;

const eitherOr = (): FieldError =>
  new FieldError({
    code: 'bad-ask',
    says: 'Name either a folder or a bundle to check, not both.',
    untouched: 'Nothing was done.',
    next: 'Give the path of a folder, or the id of a bundle in the vault.',
  });

/** The vault of bundles: taking in, checking, consenting, removing, and what installs ask of it. */
export function bundleService(parts: BundleParts): {
  readonly calls: BundleCalls;
  readonly bundles: Bundles;
} {
  const { store, files, home, clock, world } = parts;
  const objects = objectsIn(files, home.bundles);
  const tools: ImportTools = {
    ...parts,
    world,
    objects,
    vaultFolder: home.bundles,
    keyFolders: [parts.shippedKeys, home.keys],
  };
  // Taking in and clearing out must not meet: a removal would sweep what an import has just brought.
  const oneByOne = turns();
  return {
    calls: {
      'bundle.list': () => store.read(allBundles),
      'bundle.import': ({ path }, context) =>
        oneByOne(context.signal, () => importFolder(tools, path, context)),
      'bundle.verify': ({ path, bundle }, context) => {
        if ((path === undefined) === (bundle === undefined)) throw eitherOr();
        if (path !== undefined) return verifyFolder(tools, path, context);
        if (bundle === undefined) throw eitherOr();
        return oneByOne(context.signal, () => verifyKept(tools, bundle, context));
      },
      'bundle.consent': ({ bundle, typed }) => consent(store, bundle, typed, clock.now()),
      'bundle.remove': ({ bundle }, { signal }) =>
        oneByOne(signal, async () => {
          await remove(tools, bundle);
          return null;
        }),
    },
    bundles: {
      get: id => store.read(db => known(db, id)),
      all: () => store.read(allBundles),
      delivery: (id, arch, to) =>
        delivery(
          store.read(db => known(db, id)),
          arch,
          to,
          objects,
        ),
      archives: id =>
        archives(
          store.read(db => known(db, id)),
          objects,
        ),
    },
  };
}

import type { World } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { openStore } from '../open.ts';
import type { Store } from '../store.ts';
import { hqMigrations } from './migrations.ts';

/** The index of one archive: which laptops may sign, which bags came, what their receipts said. */
export interface HqIndex extends Store {
  /** Sentences for the operator: an index that was found damaged and set aside. */
  readonly warnings: readonly string[];
}

/**
 * Opens the index at `path` or makes one for this world. Throws `practice-only` when it belongs to the other world, and
 * what `openStore` throws. Who writes to it holds the archive's lock.
 */
export function openIndex(path: string, world: World, now: Date): HqIndex {
  const store = openStore(path, { now, migrations: hqMigrations });
  try {
    const found = store.read(db => db.one<{ world: World }>('select world from archive'))?.world;
    if (found === undefined)
      store.write(db =>
        db.run('insert into archive (one, world, made_at) values (1, ?, ?)', world, now.toISOString()),
      );
    else if (found !== world) throw otherWorld(path, found);
    return { ...store, warnings: store.warnings.map(() => damagedOnce(path)) };
  } catch (thrown) {
    store.close();
    throw thrown;
  }
}

const otherWorld = (about: string, found: World): FieldError =>
  new FieldError({
    code: 'practice-only',
    says:
      found === 'practice'
        ? 'This archive was made in practice and takes no real bags.'
        : 'This archive holds real bags and takes none from practice.',
    about,
    untouched: 'Nothing in it was changed.',
    next: 'Name another folder with --out.',
  });

const damagedOnce = (path: string): string =>
  `The index of this archive was found damaged once and set aside beside ${path}. Bags from before are not in the new one: enrol the laptops again, and receive old bags once more from their sticks if you have them.`;

import { join } from 'node:path';
import type { Export, Snapshot } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { CatalogueEntry, KeptProof, RemovedCopy } from '../../../preload/contract/snapshots/proof.ts';
import type { CallHandlers } from '../../bridge/handlers.ts';
import { catalogueEntry, pruning } from '../../core/snapshot-proof/catalogue.ts';
import { safeName } from '../../core/stick-names.ts';
import type { Clock, Files } from '../../ports.ts';
import { audit } from '../../store/audit.ts';
import { confirmedAt, exports } from '../../store/exports.ts';
import { listingOf } from '../../store/proofs.ts';
import { technician } from '../../store/settings.ts';
import { forgetSnapshot, snapshotById, snapshots } from '../../store/snapshots.ts';
import type { Store } from '../../store/store.ts';
import type { Proofs } from './prove.ts';

export interface CatalogueDeps {
  readonly store: Store;
  readonly files: Files;
  readonly clock: Clock;
  readonly proofs: Pick<Proofs, 'kept'>;
  /** The app's folder on this laptop. */
  readonly home: string;
}

/** Every snapshot with its copies, and what may be taken away without losing the last one that is proven. */
export function catalogueService(deps: CatalogueDeps): {
  readonly calls: Pick<CallHandlers, 'snapshot.catalogue' | 'snapshot.remove' | 'snapshot.prune'>;
} {
  const { store } = deps;
  const entryOf = async (
    copy: Snapshot,
    written: readonly Export[],
    kept: readonly KeptProof[],
  ): Promise<CatalogueEntry> =>
    catalogueEntry(copy, {
      isHere: (await deps.files.stat(copy.path)) !== undefined,
      listing: store.read(db => listingOf(db, copy.node)),
      exports: written.filter(each => each.snapshots.includes(copy.id)),
      proof: kept.find(each => each.snapshot === copy.id),
      confirmedAt: store.read(db => confirmedAt(db, copy.id)),
    });
  const catalogue = async (copies: readonly Snapshot[]): Promise<readonly CatalogueEntry[]> => {
    const [written, kept] = [store.read(db => exports(db)), await deps.proofs.kept()];
    return Promise.all(copies.map(copy => entryOf(copy, written, kept)));
  };
  return {
    calls: {
      'snapshot.catalogue': ({ site }) => catalogue(store.read(db => snapshots(db, site))),
      'snapshot.remove': async ({ snapshot, typed }) => {
        const copy = store.read(db => snapshotById(db, snapshot));
        const [entry] = copy ? await catalogue([copy]) : [];
        if (!entry) throw unknownCopy(snapshot);
        return remove(deps, entry, typed?.trim());
      },
      'snapshot.prune': async ({ site, look }) => {
        const plan = pruning(await catalogue(store.read(db => snapshots(db, site))));
        if (look !== true) for (const entry of plan.remove) await remove(deps, entry, undefined);
        return {
          removed: plan.remove.map(({ snapshot: { id, name, bytes } }) => ({ snapshot: id, name, bytes })),
          kept: plan.keep.map(({ entry: { snapshot }, says }) => ({
            snapshot: snapshot.id,
            name: snapshot.name,
            says,
          })),
        };
      },
    },
  };
}

const unknownCopy = (id: string): FieldError =>
  new FieldError({
    code: 'no-such-thing',
    says: 'There is no such snapshot on this laptop.',
    about: id,
    untouched: 'Nothing was removed.',
    next: 'List the snapshots and choose one of them.',
  });

/** With no other proven copy the file is moved aside, whatever was typed: the last copy is never destroyed. */
async function remove(
  deps: CatalogueDeps,
  entry: CatalogueEntry,
  typed: string | undefined,
): Promise<RemovedCopy> {
  const { store, files, clock, home } = deps;
  const { snapshot: copy, mayRemove } = entry;
  if (!mayRemove && typed !== copy.name)
    throw new FieldError({
      code: 'no-proven-copy',
      says: entry.says,
      about: copy.name,
      untouched: 'The copy is still on this laptop.',
      next: `Carry it out with a supply run first. To take it off the catalogue all the same, type its name: ${copy.name}`,
      facts: { name: copy.name },
    });
  const aside = join(home, 'snapshots', 'removed', `${copy.id}-${safeName(copy.name)}`);
  const isHere = (await files.stat(copy.path)) !== undefined;
  const movedTo = isHere && !mayRemove ? aside : undefined;
  if (movedTo !== undefined) {
    await files.makeFolder(join(home, 'snapshots', 'removed'));
    await files.move(copy.path, movedTo);
  }
  store.write(db => {
    forgetSnapshot(db, copy.id);
    const facts = { snapshot: copy.id, name: copy.name, sha256: copy.sha256, movedTo: movedTo ?? '' };
    audit(db, technician(db), 'removed-snapshot', facts, clock.now());
  });
  if (isHere && movedTo === undefined) await files.remove(copy.path);
  return {
    snapshot: copy.id,
    name: copy.name,
    ...(movedTo === undefined ? {} : { movedTo }),
    says:
      movedTo === undefined
        ? 'The copy was removed from this laptop.'
        : `No other proven copy is known, so the file was kept and lies here now: ${movedTo}`,
  };
}

import { join, resolve, sep } from 'node:path';
import type { Bundle, Origin, World } from '../../../preload/contract/domain.ts';
import { FieldError, failureOf } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import type { CallContext } from '../../bridge/handlers.ts';
import { carried, expectedOf, judge, shortcomings } from '../../core/bundle.ts';
import type { Found } from '../../core/bundle.ts';
import { bundleById, recordBundle } from '../../store/bundles.ts';
import type { Store } from '../../store/store.ts';
import { bring, hashFolder } from './bring.ts';
import type { BringTools } from './bring.ts';
import { programsIn } from './examine.ts';
import type { Folder } from './folder.ts';
import { judged, looked, notComplete, openFolder, refuseOtherWorld } from './look.ts';
import type { Looked } from './look.ts';

export interface ImportTools extends BringTools {
  readonly store: Store;
  readonly world: World;
  /** Folders with trusted keys: those that ship with the app, then the technician's own. */
  readonly keyFolders: readonly string[];
}

/** What would be wrong even if every file had the promised hash: then nothing needs to be copied to know it. */
function cannotBecomeComplete({ folder, programs, version }: Looked): boolean {
  const hopeful = folder.entries.map((entry): Found => {
    const sha256 = expectedOf(entry.name, folder.vouching)[0]?.sha256;
    const elf = programs.get(entry.name)?.elf;
    return { ...entry, ...(sha256 === undefined ? {} : { sha256 }), ...(elf ? { elf } : {}) };
  });
  return version.is === 'unknown' || shortcomings(judge(hopeful, folder.vouching)).length > 0;
}

/** The same bundle imported again keeps the consent that was given to exactly these files. */
function originWithConsent(found: Origin, before: Bundle | undefined): Origin {
  const consent = before?.origin.is === 'unknown' ? before.origin.consent : undefined;
  return found.is === 'unknown' && consent ? { ...found, consent } : found;
}

/** Notes a complete bundle. Files that stay in the folder lose their hash: a hash in the record means "in the vault". */
function recorded(store: Store, found: Bundle): Bundle {
  const kept = new Set(carried(found.files).map(file => file.name));
  const files = found.files.map(({ sha256, ...file }) =>
    sha256 !== undefined && kept.has(file.name) ? { ...file, sha256 } : file,
  );
  return store.write(db => {
    const before = bundleById(db, found.id);
    const bundle: Bundle = {
      ...found,
      files,
      origin: originWithConsent(found.origin, before),
      importedAt: before?.importedAt ?? found.verifiedAt,
    };
    recordBundle(db, bundle);
    return bundle;
  });
}

/** Whether a failure means that the folder, or a file that was just listed in it, is no longer there. */
function wentAway({ code, about = '' }: Failure, path: string): boolean {
  const isInside = about.startsWith(join(path, sep));
  return isInside && (code === 'gone-away' || code === 'no-such-thing');
}

const pulled = (thrown: unknown, path: string, untouched: string, again: string): FieldError =>
  new FieldError(
    {
      code: 'gone-away',
      says: 'The folder, or the stick it is on, went away in the middle.',
      about: path,
      untouched,
      next: `Plug the stick in again and ${again}.`,
    },
    { cause: thrown },
  );

/** A stick that was pulled, or a stop, says that the import goes on where it was. */
function goesOn(thrown: unknown, path: string): unknown {
  const failure = failureOf(thrown);
  const kept = 'What was copied so far is kept. No bundle was changed.';
  const again = 'import the folder again: it goes on where it stopped';
  if (wentAway(failure, path)) return pulled(thrown, path, kept, again);
  if (failure.code !== 'cancelled') return thrown;
  return new FieldError(
    {
      code: 'cancelled',
      says: 'The import was stopped because you asked for it.',
      about: path,
      untouched: kept,
      next: `When you want to, ${again}.`,
    },
    { cause: thrown },
  );
}

/**
 * Takes a folder of release assets into the vault. Throws `practice-only`, `bad-signature`, `bundle-incomplete`,
 * `damaged`, `space-short`, `gone-away`, `cancelled` and what the disk answers; then no bundle was recorded.
 */
export async function importFolder(tools: ImportTools, named: string, context: CallContext): Promise<Bundle> {
  const { files, store, clock, world } = tools;
  const { signal, progress } = context;
  const path = resolve(named);
  try {
    const folder = await openFolder(tools, path);
    const seen = looked(folder, await programsIn(tools, folder, context));
    refuseOtherWorld(seen.practice, world, path);
    if (cannotBecomeComplete(seen)) {
      const contents = await hashFolder(tools, folder, signal, progress);
      throw notComplete(await judged(files, seen, contents, clock.now(), signal));
    }
    const { contents, copiedBytes } = await bring(tools, folder, signal, progress);
    const verdict = await judged(files, seen, contents, clock.now(), signal);
    if (!verdict.bundle.complete) throw notComplete(verdict);
    return { ...recorded(store, verdict.bundle), copiedBytes };
  } catch (thrown) {
    throw goesOn(thrown, path);
  }
}

/** Hashes the files and searches the programs at the same time; when one fails the other stops. */
async function hashedAndSearched(tools: ImportTools, folder: Folder, { signal, progress }: CallContext) {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  // The search costs little beside the hashing, so only the hashing tells how far it is.
  const quiet = { signal: either, progress: () => undefined };
  try {
    return await Promise.all([hashFolder(tools, folder, either, progress), programsIn(tools, folder, quiet)]);
  } finally {
    stop.abort();
  }
}

/** Checks a folder without importing it. What is wrong stands at the files; only a bad signature throws. */
export async function verifyFolder(tools: ImportTools, named: string, context: CallContext): Promise<Bundle> {
  const path = resolve(named);
  try {
    const folder = await openFolder(tools, path);
    const [contents, programs] = await hashedAndSearched(tools, folder, context);
    const seen = looked(folder, programs);
    const { bundle } = await judged(tools.files, seen, contents, tools.clock.now(), context.signal);
    const known = tools.store.read(db => bundleById(db, bundle.id));
    if (!known) return bundle;
    return { ...bundle, importedAt: known.importedAt, origin: originWithConsent(bundle.origin, known) };
  } catch (thrown) {
    if (!wentAway(failureOf(thrown), path)) throw thrown;
    throw pulled(thrown, path, 'Nothing was changed.', 'check the folder again');
  }
}

import type { Bundle, BundleFile } from '../../../preload/contract/domain.ts';
import type { BundleId } from '../../../preload/contract/ids.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { CallContext } from '../../bridge/handlers.ts';
import { ready, shortcomings } from '../../core/bundle.ts';
import { scriptListName } from '../../core/bundle-names.ts';
import {
  allBundles,
  bundleById,
  forgetBundle,
  keptHashes,
  recordBundle,
  recordOrigin,
  runUsing,
  snapshotNeeding,
} from '../../store/bundles.ts';
import { audit } from '../../store/audit.ts';
import { technician } from '../../store/settings.ts';
import type { Reading, Store } from '../../store/store.ts';
import type { ImportTools } from './import.ts';
import { meter } from './meter.ts';

/** Throws `no-such-thing`. */
export function known(db: Reading, id: BundleId): Bundle {
  const bundle = bundleById(db, id);
  if (bundle) return bundle;
  throw new FieldError({
    code: 'no-such-thing',
    says: 'There is no such bundle in the vault.',
    about: id,
    untouched: 'Nothing was done.',
    next: 'List the bundles, or import it from its folder.',
  });
}

/** The verdict a sound file had when it was imported, told again from what is left of the record. */
function soundState(file: BundleFile, bundle: Bundle): BundleFile['state'] {
  if (bundle.origin.is === 'signed' || file.role === 'binary' || file.role === 'images') return 'matches';
  const hasScriptList = bundle.files.some(each => each.name === scriptListName);
  return file.role === 'install-script' && hasScriptList ? 'matches' : 'unlisted';
}

const damage = (file: BundleFile, saw: string, state: BundleFile['state']): BundleFile => ({
  ...file,
  state,
  saw: `${saw} Import the folder again to mend it.`,
});
const damages = ['missing', 'short', 'altered'];

function compared(
  file: BundleFile,
  bundle: Bundle,
  found: { bytes: number; sha256: string } | undefined,
): BundleFile {
  if (!found) return damage(file, "The vault's copy is gone.", 'missing');
  if (found.sha256 === file.sha256) {
    if (!damages.includes(file.state)) return file;
    const { saw: _, ...rest } = file;
    return { ...rest, state: soundState(file, bundle) };
  }
  if (found.bytes < file.bytes)
    return damage(file, `The vault's copy ends after ${found.bytes} bytes.`, 'short');
  return damage(file, "The vault's copy has another SHA-256.", 'altered');
}

/** Hashes the vault's copies of a bundle and notes what was found; a damaged one is no longer delivered. */
export async function verifyKept(tools: ImportTools, id: BundleId, context: CallContext): Promise<Bundle> {
  const { store, objects, work, clock } = tools;
  const bundle = store.read(db => known(db, id));
  const kept = bundle.files.filter(file => file.sha256 !== undefined);
  const there: string[] = [];
  for (const { sha256 = '' } of kept) if ((await objects.bytesOf(sha256)) !== undefined) there.push(sha256);
  const distinct = [...new Set(there)];
  const total = kept.reduce((sum, file) => sum + file.bytes, 0);
  const onProgress = meter(clock, total, 'Checking the vault', context.progress).job();
  const paths = distinct.map(sha256 => objects.pathOf(sha256));
  const hashes = await work.hash(paths, { signal: context.signal, onProgress });
  const found = new Map(distinct.map((sha256, i) => [sha256, hashes[i]]));
  const files = bundle.files.map(file =>
    file.sha256 === undefined ? file : compared(file, bundle, found.get(file.sha256)),
  );
  const checked: Bundle = {
    ...bundle,
    files,
    complete: shortcomings(files).length === 0,
    arches: ready(files),
    verifiedAt: clock.now().toISOString(),
  };
  store.write(db => recordBundle(db, checked));
  return checked;
}

/** Notes who takes the responsibility for a bundle nobody signed. Throws `consent-needed` unless its version was typed. */
export function consent(store: Store, id: BundleId, typed: string, at: Date): Bundle {
  return store.write(db => {
    const bundle = known(db, id);
    if (bundle.origin.is === 'signed' || bundle.origin.consent) return bundle;
    if (typed !== bundle.k3sVersion)
      throw new FieldError({
        code: 'consent-needed',
        says: `To consent, type the K3s version exactly as it stands here: ${bundle.k3sVersion}`,
        about: bundle.source,
        untouched: 'No consent was noted.',
        next: 'Compare the SHA-256 of install.sh with one from headquarters first, if you can.',
        facts: { k3sVersion: bundle.k3sVersion },
      });
    const by = technician(db);
    const origin = { ...bundle.origin, consent: { by, at: at.toISOString() } };
    const script = bundle.files.find(file => file.role === 'install-script');
    recordOrigin(db, id, origin);
    const facts = {
      bundle: id,
      k3sVersion: bundle.k3sVersion,
      installScript: script?.sha256 ?? '',
      source: bundle.source,
    };
    audit(db, by, 'consented-to-unsigned-bundle', facts, at);
    return { ...bundle, origin };
  });
}

const refuse = (bundle: Bundle, says: string, next: string): FieldError =>
  new FieldError({
    code: 'refused',
    says,
    about: `K3s ${bundle.k3sVersion} (${bundle.id.slice(0, 12)})`,
    untouched: 'The bundle is still in the vault.',
    next,
  });

/** A snapshot can only be restored onto the K3s version that made it, so the last bundle of that version stays. */
function refuseWhileNeeded(db: Reading, bundle: Bundle): void {
  const run = runUsing(db, bundle.id);
  if (run)
    throw refuse(
      bundle,
      `“${run.title}” needs this bundle to go on.`,
      'Finish or cancel that run, then remove the bundle.',
    );
  const hasTwin = allBundles(db).some(
    other =>
      other.id !== bundle.id &&
      other.complete &&
      other.k3sVersion === bundle.k3sVersion &&
      bundle.arches.every(arch => other.arches.includes(arch)),
  );
  const snapshot = hasTwin ? undefined : snapshotNeeding(db, bundle.k3sVersion);
  if (snapshot)
    throw refuse(
      bundle,
      `Snapshot ${snapshot.name} of ${snapshot.nodeName} was made by K3s ${bundle.k3sVersion}, and this is the only bundle that can bring it back.`,
      'Keep it, or import another complete bundle of the same K3s version first.',
    );
}

/** Removes a bundle and the content no other bundle uses. Throws `refused` while something still needs it. */
export async function remove({ store, objects, clock }: ImportTools, id: BundleId): Promise<void> {
  const keep = store.write(db => {
    const bundle = known(db, id);
    refuseWhileNeeded(db, bundle);
    forgetBundle(db, id);
    audit(db, technician(db), 'removed-bundle', { bundle: id, k3sVersion: bundle.k3sVersion }, clock.now());
    return keptHashes(db);
  });
  await objects.sweep(keep);
}

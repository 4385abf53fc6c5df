import { basename, join } from 'node:path';
import type { Snapshot } from '../../../preload/contract/domain.ts';
import { failureOf, FieldError } from '../../../preload/contract/failure.ts';
import type { BundleId } from '../../../preload/contract/ids.ts';
import type { SnapshotFile } from '../../../preload/contract/snapshots/file.ts';
import type { KeptProof, SnapshotProof } from '../../../preload/contract/snapshots/proof.ts';
import type { CallContext, CallHandlers } from '../../bridge/handlers.ts';
import { pace } from '../../core/pace.ts';
import { Secret } from '../../core/secret.ts';
import { savedSeconds } from '../../core/snapshot-list.ts';
import { archesInside } from '../../core/snapshot-proof/site-parts.ts';
import { versionInside } from '../../core/snapshot-proof/cluster-parts.ts';
import type { ImagesCompared, ProofContext } from '../../core/snapshot-proof/context.ts';
import type { MeasuredSnapshot } from '../../core/snapshot-proof/measured.ts';
import { proofOf } from '../../core/snapshot-proof/proof.ts';
import { isProven } from '../../core/snapshot-proof/verdict.ts';
import { comparedWith } from '../../core/snapshot-look/used-images.ts';
import type { Clock, Files, OnProgress, Work } from '../../ports.ts';
import { proofsOf, recordProof } from '../../store/proofs.ts';
import type { ProofRecord } from '../../store/proofs.ts';
import { snapshotById, snapshots as allSnapshots } from '../../store/snapshots.ts';
import type { Store } from '../../store/store.ts';
import type { Bundles } from '../bundles/bundles.ts';
import type { KeptSecrets, Nodes } from '../sites/nodes.ts';
import { heldBy, imageLists } from './look.ts';
import { configurationsKept, knownSites, serverTokens } from './proof-ground.ts';

export interface ProveDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly files: Files;
  readonly work: Pick<Work, 'measureSnapshot' | 'imagesIn'>;
  readonly nodes: Pick<Nodes, 'get' | 'ofSite'> & Pick<KeptSecrets, 'history'>;
  readonly bundles: Pick<Bundles, 'all' | 'archives'>;
  readonly supplyRunDays: () => number;
  /** The app's folder, and the one with what runs kept. */
  readonly home: { readonly folder: string; readonly runs: string };
}

type Calls = Pick<CallHandlers, 'snapshot.prove' | 'snapshot.proofs'>;

/** What other services may ask about proofs. */
export interface Proofs {
  /** Proves a copy of the catalogue with the tokens of the vault and keeps the proof. */
  prove(copy: Snapshot, context: CallContext): Promise<SnapshotProof>;
  /** Whether the last proof of exactly these bytes passed; whether the file still is as it was then is not looked at. */
  isProven(copy: Pick<Snapshot, 'id' | 'sha256'>): boolean;
  /** The last proof of each copy, and whether it still says something about the file. */
  kept(): Promise<readonly KeptProof[]>;
}

interface Asked {
  readonly path: string;
  readonly copy?: Snapshot | undefined;
  readonly token?: string | undefined;
  readonly sha256?: string | undefined;
  readonly bundle?: BundleId | undefined;
}

/** Proves snapshots on the laptop, without any cluster, and keeps the proofs of the catalogue’s copies. */
export function proveService(deps: ProveDeps): { readonly calls: Calls; readonly proofs: Proofs } {
  const { store, files } = deps;
  const listing = imageLists(deps.work);

  const proven = async (asked: Asked, context: CallContext): Promise<SnapshotProof> => {
    const given = asked.token !== undefined && asked.token.trim() !== '';
    const tokens = given ? [new Secret(asked.token ?? '')] : serverTokens(deps, asked.copy?.site);
    const stat = await files.stat(asked.path);
    const measured = await measure(deps, asked.path, { tokens, given }, context);
    const ground = await groundOf(deps, asked, measured, given);
    const images = await imagesOf(deps, measured, asked.bundle, listing, context);
    const proof = proofOf(measured, { ...ground, images });
    if (asked.copy) keep(deps, asked.copy, proof, stat?.modifiedMs ?? 0);
    return proof;
  };

  const kept: Proofs['kept'] = async () => {
    const [records, copies] = store.read(db => [proofsOf(db), allSnapshots(db)] as const);
    const copyOf = ({ snapshot }: ProofRecord) => copies.find(each => each.id === snapshot);
    return Promise.all(
      records.map(async record => keptProof(record, await staleness(files, record, copyOf(record)))),
    );
  };

  return {
    calls: {
      'snapshot.prove': ({ of, token, sha256, bundle }, context) =>
        proven({ ...located(store, of), token, sha256: recordedHash(sha256), bundle }, context),
      'snapshot.proofs': async ({ site }) => {
        const wanted = new Set(store.read(db => proofsOf(db, site)).map(each => each.snapshot));
        return (await kept()).filter(each => wanted.has(each.snapshot));
      },
    },
    proofs: {
      prove: (copy, context) => proven({ path: copy.path, copy }, context),
      isProven: ({ id, sha256 }) =>
        store
          .read(db => proofsOf(db))
          .some(each => each.snapshot === id && each.sha256 === sha256 && isProven(each.proof.verdict)),
      kept,
    },
  };
}

function located(store: Store, of: SnapshotFile): Pick<Asked, 'path' | 'copy'> {
  if (of.is === 'file') {
    const copy = store.read(db => allSnapshots(db)).find(each => each.path === of.path);
    return { path: of.path, copy };
  }
  const copy = store.read(db => snapshotById(db, of.snapshot));
  if (copy) return { path: copy.path, copy };
  throw new FieldError({
    code: 'no-such-thing',
    says: 'There is no such snapshot on this laptop.',
    about: of.snapshot,
    untouched: 'Nothing was done.',
    next: 'List the snapshots and choose one of them.',
  });
}

function recordedHash(text: string | undefined): string | undefined {
  const hash = text?.trim().toLowerCase();
  if (hash === undefined || /^[0-9a-f]{64}$/.test(hash)) return hash;
  throw new FieldError({
    code: 'bad-ask',
    says: 'A SHA-256 has 64 digits from 0 to f.',
    about: hash,
    untouched: 'Nothing was done.',
    next: 'Copy the whole hash that was recorded when the snapshot was saved.',
  });
}

/** Tells how far it is in percent, with the time that remains once that was measured. */
function teller(clock: Clock, report: OnProgress): (done: number, total: number) => void {
  const speed = pace(() => clock.monotonic());
  return (done, total) => {
    if (total === 0) return;
    const remainingSeconds = speed.remaining(done, total);
    report({
      what: 'Proving the snapshot',
      done: Math.floor((done / total) * 100),
      total: 100,
      unit: 'percent',
      ...(remainingSeconds === undefined ? {} : { remainingSeconds }),
    });
  };
}

const measure = (
  { work, home, clock }: ProveDeps,
  path: string,
  { tokens, given }: { readonly tokens: readonly Secret[]; readonly given: boolean },
  { signal, progress }: CallContext,
): Promise<MeasuredSnapshot> =>
  work.measureSnapshot(path, tokens, {
    given,
    signal,
    scratch: join(home.folder, 'scratch'),
    onProgress: teller(clock, progress),
  });

/** A file that is byte for byte a copy of the catalogue is that snapshot, wherever it lies. */
const sameAsKept = ({ store }: ProveDeps, sha256: string): Snapshot | undefined =>
  store.read(db => allSnapshots(db)).find(each => each.sha256 === sha256);

function savedAt(path: string, copy: Snapshot | undefined): string | undefined {
  if (copy) return copy.savedAt;
  const seconds = savedSeconds(basename(path));
  return seconds === undefined ? undefined : new Date(seconds * 1000).toISOString();
}

function reference(
  copy: Snapshot | undefined,
  given: string | undefined,
): ProofContext['reference'] | undefined {
  if (given !== undefined) return { sha256: given, from: 'given by hand' };
  return copy && { sha256: copy.sha256, from: `recorded on ${copy.nodeName} when it was pulled` };
}

function targetOf({ nodes }: ProveDeps, copy: Snapshot | undefined): ProofContext['target'] | undefined {
  if (!copy) return undefined;
  try {
    const { name, k3sVersion } = nodes.get(copy.node);
    return k3sVersion === undefined ? undefined : { name, k3sVersion };
  } catch {
    return undefined; // The node was taken off this laptop since; the snapshot stays what it is.
  }
}

type Ground = Omit<ProofContext, 'images'>;

async function groundOf(
  deps: ProveDeps,
  { path, copy: asked, sha256 }: Asked,
  measured: MeasuredSnapshot,
  tokenGiven: boolean,
): Promise<Ground> {
  const copy = asked ?? sameAsKept(deps, measured.sha256);
  const sites = knownSites(deps, tokenGiven);
  const maybe = {
    snapshot: asked?.id,
    reference: reference(copy, sha256),
    claimed: sites.find(site => site.id === copy?.site),
    savedAt: savedAt(path, copy),
    target: targetOf(deps, copy),
  };
  const there = Object.fromEntries(Object.entries(maybe).filter(([, value]) => value !== undefined));
  return {
    ...there,
    at: deps.clock.now(),
    path,
    tokenGiven,
    sites,
    supplyRunDays: deps.supplyRunDays(),
    bundles: deps.bundles.all().filter(bundle => bundle.complete),
    configurationOf:
      measured.read.is === 'read' ? await configurationsKept(deps, measured.read.contents.nodes) : [],
  };
}

/** Compares with the bundle that was asked for, else with one of the version that made the snapshot. */
async function imagesOf(
  { bundles }: ProveDeps,
  { read }: MeasuredSnapshot,
  asked: BundleId | undefined,
  listing: ReturnType<typeof imageLists>,
  context: CallContext,
): Promise<ImagesCompared> {
  if (read.is === 'refused')
    return { is: 'not-compared', because: 'The file is no snapshot that can be read.' };
  const version = versionInside(read);
  const bundle = bundles
    .all()
    .find(each => (asked === undefined ? each.complete && each.k3sVersion === version : each.id === asked));
  if (!bundle)
    return {
      is: 'not-compared',
      because: `No bundle of K3s ${version ?? 'of its version'} is in the vault to compare with.`,
    };
  const arches = archesInside(read);
  if (arches.length === 0)
    return { is: 'not-compared', because: 'The architecture of its nodes is not known.' };
  try {
    const held = await heldBy(bundles, bundle.id, arches, listing, context);
    const used = read.contents.images.map(image => ({ image, usedBy: [], moreUsers: 0 }));
    const missing = comparedWith(used, held, arches).filter(
      each => (each.inBundle?.length ?? 0) < arches.length,
    );
    return { is: 'compared', k3sVersion: bundle.k3sVersion, missing: missing.map(each => each.image) };
  } catch (thrown) {
    const { code, says } = failureOf(thrown);
    if (code !== 'damaged') throw thrown;
    return { is: 'not-compared', because: says };
  }
}

function keep({ store }: ProveDeps, copy: Snapshot, proof: SnapshotProof, modifiedMs: number): void {
  store.write(db => {
    // It may have been taken off the catalogue meanwhile.
    if (snapshotById(db, copy.id))
      recordProof(db, {
        snapshot: copy.id,
        sha256: proof.sha256,
        bytes: proof.bytes,
        modifiedMs: Math.floor(modifiedMs),
        proof,
      });
  });
}

const keptProof = ({ snapshot, proof }: ProofRecord, stale: string | undefined): KeptProof => ({
  snapshot,
  proof,
  ...(stale === undefined ? {} : { stale }),
});

/** Hashing every copy for a list would take minutes; size and time of the file tell that it was written to. */
async function staleness(
  files: Files,
  { proof, bytes, modifiedMs }: ProofRecord,
  copy: Snapshot | undefined,
): Promise<string | undefined> {
  const stat = await files.stat(proof.path);
  if (!stat) return 'The file is gone from this laptop since it was proven.';
  // A disk that rots changes neither the size nor the time of a file; a later check of its hash tells.
  if (
    copy &&
    copy.check.at > proof.at &&
    copy.check.reference === 'different' &&
    proof.sha256 === copy.sha256
  )
    return 'The file was found to be damaged since it was proven.';
  return stat.bytes === bytes && Math.floor(stat.modifiedMs) === modifiedMs
    ? undefined
    : 'The file has changed since it was proven. Prove it again.';
}

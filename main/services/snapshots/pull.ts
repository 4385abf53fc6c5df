import { dirname, join } from 'node:path';
import type { NodeSnapshot, Snapshot, SnapshotCheck, World } from '../../../preload/contract/domain.ts';
import { FieldError, failureOf, kindOf } from '../../../preload/contract/failure.ts';
import type { NodeId, SnapshotId } from '../../../preload/contract/ids.ts';
import { whyNoRoom } from '../../core/laptop-room.ts';
import { pathOnNode } from '../../core/snapshot-list.ts';
import { verdictOn } from '../../core/snapshot-verdict.ts';
import { safeName } from '../../core/stick-names.ts';
import type { Chance, Clock, Files, Link, OnProgress, Work } from '../../ports.ts';
import { recordSnapshot, snapshotNamed } from '../../store/snapshots.ts';
import type { Store } from '../../store/store.ts';
import type { KeptSecrets, Nodes } from '../sites/nodes.ts';
import { hashOn, layoutOf, versionOn } from './node-commands.ts';
import type { Proofs } from './prove.ts';
import { keepToken } from './token.ts';

export interface SnapshotDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly files: Files;
  readonly work: Work;
  readonly nodes: Nodes & KeptSecrets;
  /** Proves what was pulled; without it nothing is proven. */
  readonly proofs?: Pick<Proofs, 'prove'>;
  readonly home: string;
  readonly world: World;
}

/** What is measured on a laptop's copy against the hash the node had. */
export async function measured(
  deps: Pick<SnapshotDeps, 'files' | 'work' | 'clock'>,
  path: string,
  reference: string,
  signal: AbortSignal,
  note = '',
): Promise<SnapshotCheck> {
  const there = (await deps.files.stat(path)) !== undefined;
  const found = there ? await deps.work.trailer(path, signal) : undefined;
  return verdictOn(found, reference, deps.clock.now(), note);
}

/**
 * Brings one snapshot to the laptop: hash on the node, token, bytes, then the verdict on what arrived. An intact copy is
 * not pulled again; a damaged one is set aside, never deleted.
 */
export async function pull(
  deps: SnapshotDeps,
  link: Link,
  id: NodeId,
  snapshot: NodeSnapshot,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Snapshot> {
  const node = deps.nodes.get(id);
  const from = await pullable(link, snapshot, node.name, signal);
  const layout = await layoutOf(link, signal);
  const token = await keepToken(link, layout, node.site, node.name, snapshot.tokenHash, deps.nodes, signal);
  onProgress({ what: 'The node computes the hash of its file', done: 0, total: from.bytes, unit: 'bytes' });
  const reference = await hashOn(link, from.path, signal);
  const known = deps.store.read(db => snapshotNamed(db, id, snapshot.name));
  const path = known?.path ?? join(deps.home, 'snapshots', node.site, id, safeName(snapshot.name));

  const check = async (): Promise<SnapshotCheck> => measured(deps, path, reference, signal, token.missing);
  let verdict = await check();
  if (verdict.reference !== 'equal') {
    if (known) await refuseChanged(deps, known, reference, signal);
    await setAside(deps, path);
    await fetch(deps, link, from, path, reference, { signal, onProgress, name: snapshot.name });
    verdict = await check();
  }
  const found = await versionOn(link, signal);
  if (found !== undefined) deps.nodes.learned(id, { k3sVersion: found });
  const k3sVersion = found ?? node.k3sVersion ?? 'unknown';
  const pulled: Snapshot = {
    id: known?.id ?? (deps.chance.uuid() as SnapshotId),
    site: node.site,
    node: id,
    nodeName: node.name,
    name: snapshot.name,
    bytes: from.bytes,
    sha256: reference,
    savedAt: snapshot.createdAt || deps.clock.now().toISOString(),
    pulledAt: deps.clock.now().toISOString(),
    // The version it was saved by is what counts; a later upgrade of the node does not change it.
    k3sVersion: known?.k3sVersion ?? k3sVersion,
    tokenHash: token.hash,
    check: verdict,
    path,
    practice: deps.world === 'practice',
  };
  deps.store.write(db => recordSnapshot(db, pulled));
  return pulled;
}

interface OnNode {
  readonly path: string;
  readonly bytes: number;
}

/** Where the file is on this node, or why it cannot be pulled from here. */
async function pullable(
  link: Link,
  snapshot: NodeSnapshot,
  node: string,
  signal: AbortSignal,
): Promise<OnNode> {
  const refused = (says: string, next: string): FieldError =>
    new FieldError({ code: 'could-not', says, about: snapshot.name, untouched: 'Nothing was pulled.', next });
  if (snapshot.error !== undefined)
    throw refused(`K3s could not make this snapshot: ${snapshot.error}`, 'Take a new one.');
  const path = pathOnNode(snapshot);
  if (path === undefined)
    throw refused(
      `This snapshot lies at ${snapshot.location}, not on the node.`,
      'Fetch it from there with the tools of that store.',
    );
  const stat = await link.stat(path, { signal, as: 'root' });
  if (stat?.kind === 'file') return { path, bytes: stat.bytes };
  if (snapshot.nodeName !== '' && snapshot.nodeName !== link.who.hostname)
    throw refused(
      `This snapshot lies on the server ${snapshot.nodeName}; ${node} only knows of it.`,
      `Pull it from ${snapshot.nodeName}.`,
    );
  throw refused('K3s lists this snapshot, but its file is not on the node any more.', 'Choose another one.');
}

/** A good copy is never given up for a file of the same name that has become another one on the node. */
async function refuseChanged(
  deps: SnapshotDeps,
  known: Snapshot,
  reference: string,
  signal: AbortSignal,
): Promise<void> {
  if (known.sha256 === reference) return;
  const own = await measured(deps, known.path, known.sha256, signal);
  if (!own.intact) return;
  throw new FieldError({
    code: 'check-failed',
    says: 'The file on the node is no longer the one that was pulled: its hash has changed.',
    about: known.name,
    untouched: `The copy on this laptop is intact and was left alone: ${known.path}`,
    next: 'Keep that copy. Take a new snapshot, and find out what changed the old one on the node.',
  });
}

/** Whatever stands where the copy belongs is kept under another name. */
async function setAside({ files, clock }: SnapshotDeps, path: string): Promise<void> {
  if ((await files.stat(path)) === undefined) return;
  const time = clock.now().toISOString().replaceAll(/[:.]/g, '-');
  await files.move(path, `${path}.damaged-${time}`);
}

interface Fetching {
  readonly name: string;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

async function fetch(
  deps: SnapshotDeps,
  link: Link,
  from: OnNode,
  path: string,
  reference: string,
  how: Fetching,
): Promise<void> {
  const partial = `${path}.partial`;
  await deps.files.makeFolder(dirname(path));
  const held = (await deps.files.stat(partial))?.bytes ?? 0;
  await requireRoom(deps, path, Math.max(0, from.bytes - held));
  try {
    await download(deps, link, from.path, partial, reference, how);
  } catch (thrown) {
    if (kindOf(failureOf(thrown)) !== 'check') throw thrown;
    // What arrived is not what the node hashed. If the beginning was left by an earlier try, it is the likely culprit.
    await deps.files.remove(partial);
    if (held === 0) throw thrown;
    await download(deps, link, from.path, partial, reference, how);
  }
  await deps.files.move(partial, path);
}

async function download(
  { files }: SnapshotDeps,
  link: Link,
  from: string,
  partial: string,
  sha256: string,
  { signal, onProgress, name }: Fetching,
): Promise<void> {
  const sink = await files.open(partial, 'append');
  try {
    await link.download(from, sink, {
      signal,
      as: 'root',
      sha256,
      onProgress: progress => onProgress({ ...progress, what: `Pulling ${name}` }),
    });
    await sink.sync();
  } finally {
    await sink.close();
  }
}

async function requireRoom({ files }: SnapshotDeps, path: string, bytes: number): Promise<void> {
  const why = whyNoRoom(await files.space(dirname(path)), bytes);
  if (why === undefined) return;
  throw new FieldError({
    code: 'space-short',
    says: why,
    about: dirname(path),
    untouched: 'Nothing was pulled; copies already here are as they were.',
    next: 'Take in the receipts of headquarters, then free what they confirm: coldstart snapshot prune. Or make room on the laptop.',
  });
}

import { join } from 'node:path';
import type { NodeSnapshot, Snapshot } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { NodeId, SnapshotId } from '../../../preload/contract/ids.ts';
import type { CallContext, CallHandlers } from '../../bridge/handlers.ts';
import { pace } from '../../core/pace.ts';
import type { Link, OnProgress } from '../../ports.ts';
import { recordListing } from '../../store/proofs.ts';
import {
  recordCheck,
  snapshotById,
  snapshotNamed,
  snapshots,
  snapshotsOfNode,
} from '../../store/snapshots.ts';
import { takeConfiguration } from './configuration.ts';
import { measured, pull } from './pull.ts';
import type { SnapshotDeps } from './pull.ts';
import type { Snapshots } from './snapshots.ts';
import { named, snapshotsOn, takeOn } from './take.ts';

type Calls = Pick<
  CallHandlers,
  | 'snapshot.list'
  | 'snapshot.onNode'
  | 'snapshot.take'
  | 'snapshot.pull'
  | 'snapshot.verify'
  | 'snapshot.status'
>;

/** Snapshots on nodes and their copies on the laptop: taken, listed, pulled with their token, and checked. */
export function snapshotService(deps: SnapshotDeps): {
  readonly calls: Calls;
  readonly snapshots: Snapshots;
} {
  const { store, nodes, world } = deps;

  const get = (id: SnapshotId): Snapshot => {
    const found = store.read(db => snapshotById(db, id));
    if (found) return found;
    throw new FieldError({
      code: 'no-such-thing',
      says: 'There is no such snapshot on this laptop.',
      about: id,
      untouched: 'Nothing was done.',
      next: 'List the snapshots and choose one of them.',
    });
  };

  /** Practice nodes stay in the practice world and real ones out of it. */
  const nodeHere = (id: NodeId): string => {
    const node = nodes.get(id);
    if (node.practice === (world === 'practice')) return node.name;
    throw new FieldError({
      code: 'practice-only',
      says: node.practice
        ? 'This is a practice node.'
        : 'This is a real node, and this is the practice world.',
      about: node.name,
      untouched: 'Nothing was sent to the node.',
      next: 'Open it in its own world.',
    });
  };

  const withPulled = (node: NodeId, snapshot: NodeSnapshot): NodeSnapshot => {
    const copy = store.read(db => snapshotNamed(db, node, snapshot.name));
    return copy ? { ...snapshot, pulled: copy.id } : snapshot;
  };

  const takeOver: Snapshots['takeOver'] = async (link, node, signal) =>
    withPulled(node, await takeOn(link, nodeHere(node), signal));

  // Two pulls of one file at the same time would write into one another; the second waits and finds the copy there.
  const pulling = new Map<string, Promise<unknown>>();
  const pullOver = async (
    link: Link,
    node: NodeId,
    snapshot: NodeSnapshot,
    signal: AbortSignal,
    onProgress: OnProgress,
  ): Promise<Snapshot> => {
    nodeHere(node);
    const key = `${node}/${snapshot.name}`;
    const before = pulling.get(key);
    const mine = (async () => {
      await before?.catch(() => undefined);
      return pull(deps, link, node, snapshot, signal, onProgress);
    })();
    pulling.set(key, mine);
    try {
      return await mine;
    } finally {
      if (pulling.get(key) === mine) pulling.delete(key);
    }
  };

  /** What a node has now; the catalogue tells it with its date. */
  const listed = async (link: Link, node: NodeId, signal: AbortSignal): Promise<readonly NodeSnapshot[]> => {
    const found = await snapshotsOn(link, nodeHere(node), signal);
    const at = deps.clock.now().toISOString();
    store.write(db => recordListing(db, node, { at, names: found.map(each => each.name) }));
    return found;
  };

  const calls: Calls = {
    'snapshot.list': ({ site }) => store.read(db => snapshots(db, site)),
    'snapshot.onNode': ({ node }, { signal }) =>
      nodes.withLink(node, signal, async link =>
        (await listed(link, node, signal)).map(each => withPulled(node, each)),
      ),
    'snapshot.take': ({ node }, { signal }) =>
      nodes.withLink(node, signal, link => takeOver(link, node, signal)),
    'snapshot.pull': async ({ node, name }, context) => {
      const { signal, progress } = context;
      const pulled = await nodes.withLink(node, signal, async link => {
        const found = named(await listed(link, node, signal), name);
        if (found) {
          const copy = await pullOver(link, node, found, signal, progress);
          await configurationBeside(deps, link, node, signal);
          return copy;
        }
        throw new FieldError({
          code: 'no-such-thing',
          says: 'The node has no snapshot of this name.',
          about: name,
          untouched: 'Nothing was pulled.',
          next: 'List the snapshots on the node and choose one of them.',
        });
      });
      await proveIfIntact(deps, pulled, context);
      return pulled;
    },
    'snapshot.verify': async ({ snapshot }, { signal }) => {
      const copy = get(snapshot);
      const check = await measured(deps, copy.path, copy.sha256, signal);
      store.write(db => recordCheck(db, copy.id, check));
      return get(snapshot);
    },
    'snapshot.status': async ({ path, rule }, { signal, progress }) =>
      deps.work.snapshotStatus(path, {
        rule,
        signal,
        scratch: join(deps.home, 'scratch'),
        onProgress: reading(deps, progress),
      }),
  };

  return {
    calls,
    snapshots: {
      get,
      ofSite: site => store.read(db => snapshots(db, site)),
      ofNode: node => store.read(db => snapshotsOfNode(db, node)),
      takeOver,
      pullOver,
    },
  };
}

/** The copy is here whatever comes of its proof: one that could not be made can be made later. */
async function proveIfIntact({ proofs }: SnapshotDeps, copy: Snapshot, context: CallContext): Promise<void> {
  if (!proofs || !copy.check.intact) return;
  try {
    await proofs.prove(copy, context);
  } catch {
    // Told by the catalogue, which shows no proof for it.
  }
}

/** Bytes read, and the time that remains once it was measured. */
function reading({ clock }: SnapshotDeps, progress: OnProgress): (done: number, total: number) => void {
  const speed = pace(() => clock.monotonic());
  return (done, total) => {
    const remainingSeconds = total > 0 ? speed.remaining(done, total) : undefined;
    progress({
      what: 'Reading the snapshot',
      done,
      unit: 'bytes',
      ...(total > 0 ? { total } : {}),
      ...(remainingSeconds === undefined ? {} : { remainingSeconds }),
    });
  };
}

/**
 * What the node is set up with, taken along with its snapshot. A snapshot is worth having without it, so that it could not be
 * read stops nothing here; the next export says which node never gave one.
 */
async function configurationBeside(
  deps: SnapshotDeps,
  link: Link,
  node: NodeId,
  signal: AbortSignal,
): Promise<void> {
  try {
    await takeConfiguration(deps, link, node, signal);
  } catch (thrown) {
    if (!(thrown instanceof FieldError) || signal.aborted || thrown.failure.code === 'link-lost')
      throw thrown;
  }
}

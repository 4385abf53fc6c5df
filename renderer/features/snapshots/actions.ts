import type { Snapshot } from '../../../preload/contract/domain.ts';
import type { NodeId, SnapshotId } from '../../../preload/contract/ids.ts';
import type { SnapshotFile } from '../../../preload/contract/snapshots/file.ts';
import { fetched } from '../../ui/loadable.ts';
import { ask, fetchTo, task } from '../app/ask.ts';
import type { Page } from '../app/page.ts';
import { markPulled } from './store.ts';

export const loadKept = (page: Page): Promise<void> =>
  fetchTo(
    () => page.host.call('snapshot.list', {}),
    news => page.snapshots.setState(({ kept }) => ({ kept: fetched(kept, news) })),
  );

/** The catalogue and its proofs, as the host knows them now. */
export const loadCatalogue = async (page: Page): Promise<void> => {
  await Promise.all([
    fetchTo(
      () => page.host.call('snapshot.catalogue', {}),
      news => page.snapshots.setState(({ catalogue }) => ({ catalogue: fetched(catalogue, news) })),
    ),
    fetchTo(
      () => page.host.call('snapshot.proofs', {}),
      news => page.snapshots.setState(({ proofs }) => ({ proofs: fetched(proofs, news) })),
    ),
  ]);
};

export const proveKey = (of: SnapshotFile): string =>
  `snapshot.prove:${of.is === 'kept' ? of.snapshot : of.path}`;
export const removeKey = (snapshot: SnapshotId): string => `snapshot.remove:${snapshot}`;

/** Proves a copy or a file. The token goes to the host and stays nowhere in the page. True when there is a proof. */
export async function proveSnapshot(
  page: Page,
  of: SnapshotFile,
  more: { readonly token?: string; readonly sha256?: string } = {},
): Promise<boolean> {
  const proof = await task(page, proveKey(of), how => ask(page, 'snapshot.prove', { of, ...more }, how));
  if (!proof) return false;
  if (of.is === 'file') page.snapshots.setState({ fileProof: proof });
  await loadCatalogue(page);
  return true;
}

/** Takes a copy off the laptop. True when it is gone. */
export async function removeCopy(page: Page, snapshot: SnapshotId, typed: string): Promise<boolean> {
  const removed = await task(page, removeKey(snapshot), how =>
    ask(page, 'snapshot.remove', { snapshot, ...(typed === '' ? {} : { typed }) }, how),
  );
  if (!removed) return false;
  page.snapshots.setState({ removed });
  await Promise.all([loadKept(page), loadCatalogue(page)]);
  return true;
}

export const listKey = (node: NodeId): string => `snapshot.onNode:${node}`;
export const takeKey = (node: NodeId): string => `snapshot.take:${node}`;
export const pullKey = (node: NodeId, name: string): string => `snapshot.pull:${node}:${name}`;

/** Asks the node what it holds. */
export async function listOnNode(page: Page, node: NodeId): Promise<void> {
  const listed = await task(page, listKey(node), how => ask(page, 'snapshot.onNode', { node }, how));
  if (listed) page.snapshots.setState(({ onNode }) => ({ onNode: { ...onNode, [node]: listed } }));
}

export const gapKey = (node: NodeId): string => `snapshot.gap:${node}`;

/** Asks the node for its schedule and what it keeps. Changes nothing. */
export async function lookAtGap(page: Page, node: NodeId): Promise<void> {
  const gap = await task(page, gapKey(node), how => ask(page, 'snapshot.gap', { node }, how));
  if (gap) page.snapshots.setState(({ gaps }) => ({ gaps: { ...gaps, [node]: gap } }));
}

/** Has the node save a snapshot, then looks what it holds. */
export async function takeSnapshot(page: Page, node: NodeId): Promise<void> {
  const taken = await task(page, takeKey(node), how => ask(page, 'snapshot.take', { node }, how));
  if (taken) await listOnNode(page, node);
}

const keep = (page: Page, snapshot: Snapshot): void =>
  page.snapshots.setState(({ kept }) => ({
    kept: {
      value: [snapshot, ...(kept.value ?? []).filter(each => each.id !== snapshot.id)],
      loading: false,
    },
  }));

/** Copies a snapshot to the laptop and checks it there. */
export async function pullSnapshot(page: Page, node: NodeId, name: string): Promise<void> {
  const snapshot = await task(page, pullKey(node, name), how =>
    ask(page, 'snapshot.pull', { node, name }, how),
  );
  if (!snapshot) return;
  keep(page, snapshot);
  page.snapshots.setState(({ onNode }) => ({
    onNode: { ...onNode, [node]: markPulled(onNode[node] ?? [], snapshot) },
  }));
  await loadCatalogue(page);
}

import type { Snapshot } from '../../../preload/contract/domain.ts';
import type { NodeId, SnapshotId } from '../../../preload/contract/ids.ts';
import { fetched } from '../../ui/loadable.ts';
import { ask, fetchTo, task } from '../app/ask.ts';
import type { Page } from '../app/page.ts';
import { markPulled } from './store.ts';

export const loadKept = (page: Page): Promise<void> =>
  fetchTo(
    () => page.host.call('snapshot.list', {}),
    news => page.snapshots.setState(({ kept }) => ({ kept: fetched(kept, news) })),
  );

export const listKey = (node: NodeId): string => `snapshot.onNode:${node}`;
export const takeKey = (node: NodeId): string => `snapshot.take:${node}`;
export const pullKey = (node: NodeId, name: string): string => `snapshot.pull:${node}:${name}`;
export const verifyKey = (snapshot: SnapshotId): string => `snapshot.verify:${snapshot}`;

/** Asks the node what it holds. */
export async function listOnNode(page: Page, node: NodeId): Promise<void> {
  const listed = await task(page, listKey(node), how => ask(page, 'snapshot.onNode', { node }, how));
  if (listed) page.snapshots.setState(({ onNode }) => ({ onNode: { ...onNode, [node]: listed } }));
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
}

export async function verifySnapshot(page: Page, snapshot: SnapshotId): Promise<void> {
  const checked = await task(page, verifyKey(snapshot), how =>
    ask(page, 'snapshot.verify', { snapshot }, how),
  );
  if (checked) keep(page, checked);
}

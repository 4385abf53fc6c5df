import type { NodeSnapshot } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import { mebibytes } from '../../core/bag-space.ts';
import { roomToSave, saidInJournal, saved, spoken } from '../../core/snapshot-save.ts';
import type { Saved } from '../../core/snapshot-save.ts';
import { savedSeconds, snapshotsListed, snapshotsOnDisk } from '../../core/snapshot-list.ts';
import type { Link } from '../../ports.ts';
import { journal, layoutOf, list, listFolder, save, spaceFor } from './node-commands.ts';
import type { Layout } from './node-commands.ts';

const noK3s = (node: string): FieldError =>
  new FieldError({
    code: 'no-such-thing',
    says: 'K3s is not installed on this node, or not as a server.',
    about: node,
    untouched: 'Nothing was changed.',
    next: 'Choose a server node, or install K3s first.',
  });

/** The snapshots a node knows; when K3s does not answer, the files in its folder. Throws when K3s is not there. */
export async function snapshotsOn(
  link: Link,
  node: string,
  signal: AbortSignal,
): Promise<readonly NodeSnapshot[]> {
  const answer = await list(link, signal);
  if (answer.code === 127 || answer.code === 126) throw noK3s(node);
  if (answer.code === 0 && !answer.truncated) return snapshotsListed(answer.stdout);
  const { snapshotDir } = await layoutOf(link, signal);
  return snapshotsOnDisk(await listFolder(link, snapshotDir, signal), snapshotDir, link.who.hostname);
}

/** Of entries with this name the one that lies on a node: a snapshot also sent to S3 is listed twice. */
export const named = (snapshots: readonly NodeSnapshot[], name: string): NodeSnapshot | undefined => {
  const all = snapshots.filter(each => each.name === name);
  return all.find(each => each.location.startsWith('file://')) ?? all[0];
};

/** Takes a snapshot when there is room for it. */
export async function takeOn(link: Link, node: string, signal: AbortSignal): Promise<NodeSnapshot> {
  const layout = await layoutOf(link, signal);
  await requireRoom(link, layout, node, signal);
  const exit = await save(link, signal);
  const outcome = saved(exit.code, exit.stdout, exit.stderr);
  if (outcome.is !== 'saved') throw await explained(outcome, link, node, signal);
  return taken(link, layout, outcome.name, node, signal);
}

async function requireRoom(link: Link, layout: Layout, node: string, signal: AbortSignal): Promise<void> {
  const space = await spaceFor(link, layout, signal);
  if (!space)
    throw new FieldError({
      code: 'could-not',
      says: 'This node has no embedded etcd, so K3s can take no etcd snapshot of it.',
      about: node,
      untouched: 'Nothing was changed.',
      next: 'Choose a server with embedded etcd. A server on SQLite is backed up by its database file instead.',
    });
  const { enough, wantedBytes } = roomToSave(space);
  if (enough) return;
  throw new FieldError({
    code: 'space-short',
    says: `A snapshot needs ${mebibytes(wantedBytes)} free on the node (twice its database, and room before pods are evicted); there are ${mebibytes(space.freeBytes)}.`,
    about: node,
    untouched: 'No snapshot was begun.',
    next: 'Pull the snapshots that are there, then make room on the node.',
  });
}

async function taken(
  link: Link,
  layout: Layout,
  name: string,
  node: string,
  signal: AbortSignal,
): Promise<NodeSnapshot> {
  const found = named(await snapshotsOn(link, node, signal), name);
  if (found) return found;
  // The list may lag behind the file.
  const path = `${layout.snapshotDir}/${name}`;
  const stat = await link.stat(path, { signal, as: 'root' });
  if (stat?.kind === 'file')
    return {
      name,
      nodeName: link.who.hostname,
      location: `file://${path}`,
      bytes: stat.bytes,
      createdAt: new Date((savedSeconds(name) ?? stat.modified) * 1000).toISOString(),
      ready: true,
    };
  throw new FieldError({
    code: 'check-failed',
    says: `K3s says it saved ${name}, but neither its list nor its folder shows it.`,
    about: node,
    untouched: 'Older snapshots are as they were.',
    next: 'Look at `k3s etcd-snapshot ls` and at the journal of k3s on the node.',
  });
}

async function explained(
  outcome: Exclude<Saved, { readonly is: 'saved' }>,
  link: Link,
  node: string,
  signal: AbortSignal,
): Promise<FieldError> {
  const failure = (says: string, next: string, code: Failure['code'] = 'could-not'): FieldError =>
    new FieldError({
      code,
      says,
      about: node,
      untouched: 'No snapshot was made; older ones are as they were.',
      next,
    });
  switch (outcome.is) {
    case 'busy':
      return failure('K3s is already taking a snapshot.', 'Wait a minute, then list the snapshots.');
    case 'learner':
      return failure(
        'This server is still a learner: it has not caught up with the others, and etcd gives no snapshot of it.',
        'Take the snapshot on another server, or wait until this one is a voter.',
      );
    case 'down':
      return failure(
        `The K3s server on this node does not answer: ${outcome.line}`,
        'See whether the service runs (`systemctl status k3s`). Snapshots already on its disk can still be pulled.',
      );
    case 'no-etcd':
      return failure(`K3s says: ${outcome.line}`, 'Choose a server with embedded etcd.');
    case 'no-k3s':
      return noK3s(node);
    case 'see-journal': {
      const said = saidInJournal(await journal(link, signal), outcome.errorId);
      return failure(
        said ??
          `K3s could not save the snapshot; its journal has no line for error ${outcome.errorId} any more.`,
        'Do what this line asks for, then try again. Most often the disk is full or etcd is not healthy.',
      );
    }
    case 'unknown':
      return failure(
        outcome.line === ''
          ? 'K3s ended without saying that it saved a snapshot.'
          : `K3s says: ${spoken(outcome.line)}`,
        'Look at the journal of k3s on the node.',
      );
    default:
      return outcome satisfies never;
  }
}

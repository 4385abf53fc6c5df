import type { Snapshot } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { CallHandlers } from '../../bridge/handlers.ts';
import { gapOf } from '../../core/snapshot-gap/gap.ts';
import { roomToSave } from '../../core/snapshot-save.ts';
import type { Clock, Link } from '../../ports.ts';
import { exports } from '../../store/exports.ts';
import { snapshots } from '../../store/snapshots.ts';
import type { Store } from '../../store/store.ts';
import type { Nodes } from '../sites/nodes.ts';
import { layoutOf, spaceFor } from './node-commands.ts';
import { scheduleOn } from './schedule-on-node.ts';
import { snapshotsOn } from './take.ts';

export interface GapDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly nodes: Nodes;
  readonly supplyRunDays: () => number;
  /** Was this copy measured to be good? */
  readonly isProven: (snapshot: Snapshot) => boolean;
}

/** Says how many of the days between two supply runs a server's snapshots cover. */
export function gapService(deps: GapDeps): { readonly calls: Pick<CallHandlers, 'snapshot.gap'> } {
  const { store, clock, nodes, supplyRunDays, isProven } = deps;
  return {
    calls: {
      'snapshot.gap': async ({ node: id }, { signal }) => {
        const node = nodes.get(id);
        return await nodes.withLink(id, signal, async link => {
          // the list says so first when K3s is not there at all
          const listed = await snapshotsOn(link, node.name, signal);
          const free = await freeFor(link, node.name, signal);
          const last = store.read(db => exports(db, node.site))[0];
          return gapOf({
            node: { node: id, nodeName: node.name },
            now: clock.now(),
            onNode: await scheduleOn(link, signal),
            snapshots: listed.filter(each => each.nodeName === '' || each.nodeName === link.who.hostname),
            proven: store.read(db => snapshots(db, node.site)).filter(isProven),
            daysWanted: supplyRunDays(),
            lastExport: last && new Date(last.at),
            freeBytes: free,
          });
        });
      },
    },
  };
}

/** What is free for keeping more snapshots, besides what the next save needs. Throws `refused` without an embedded etcd. */
async function freeFor(link: Link, node: string, signal: AbortSignal): Promise<number> {
  const space = await spaceFor(link, await layoutOf(link, signal), signal);
  if (space) return Math.max(0, space.freeBytes - roomToSave(space).wantedBytes);
  throw new FieldError({
    code: 'refused',
    says: 'This node has no embedded etcd, so K3s takes no snapshots here.',
    about: node,
    untouched: 'Nothing was changed.',
    next: 'Choose a server with embedded etcd. A server on SQLite is backed up by its database file instead.',
  });
}

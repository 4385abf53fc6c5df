import type { Run } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import type { NodeId, RunId, SiteId } from '../../../preload/contract/ids.ts';
import { runId } from '../../../preload/contract/ids.ts';
import type { RestoreRecord } from '../../../preload/contract/snapshots/restore.ts';
import { scrubber } from '../../core/scrub.ts';
import type { Secret } from '../../core/secret.ts';
import { allRuns, runById, runsInState, runsOfSite } from '../../store/runs.ts';
import type { RunRecord } from '../../store/runs.ts';
import { auditOf, journal, linesOf, runOf, toldOf } from './journal.ts';
import type { LiveRuns } from './live.ts';
import type { Whose } from './lock.ts';
import { recordOf } from './restore/records.ts';
import type { Runs } from './runs.ts';
import type { RunbookParts } from './parts.ts';

/** The runs in the store, as they are shown and asked for. */
export interface KeptRuns extends Runs {
  /** Throws `no-such-thing`. */
  record(id: RunId): RunRecord;
  show(id: RunId): Run;
  all(): readonly Run[];
  /** Restores that changed something, of one site or of all, newest first. */
  restores(site: SiteId | undefined): readonly RestoreRecord[];
  nodeName(id: NodeId): string;
  /** Every secret that may turn up in what a run on this node sends or hears. */
  secretsFor(node: NodeId): readonly Secret[];
  whose: Whose;
  /** Marks what a dead app left as running. */
  interruptLeftovers(): void;
}

export function keptRuns(parts: Pick<RunbookParts, 'store' | 'clock' | 'nodes'>, live: LiveRuns): KeptRuns {
  const { store, clock, nodes } = parts;

  const record = (id: RunId): RunRecord => {
    const found = store.read(db => runById(db, id));
    if (found) return found;
    throw noSuchRun();
  };

  function nodeName(id: NodeId): string {
    try {
      return nodes.get(id).name;
    } catch {
      return 'a removed node';
    }
  }

  function shown(one: RunRecord): Run {
    const working = live.get(one.id);
    // what stands as running and is not worked on lost its app, or a laptop's disk that took nothing more
    const state = one.state === 'running' && !working ? 'interrupted' : one.state;
    return runOf({ ...one, state }, nodeName(one.node), toldOf(store, one.id), working?.progress());
  }

  function secretsFor(node: NodeId): readonly Secret[] {
    const site: SiteId = nodes.get(node).site;
    const own = (['server-token', 'password', 'passphrase', 'sudo'] as const).flatMap(kind =>
      nodes.history(node, kind),
    );
    const kept = [...nodes.history(site, 'server-token'), ...own].map(({ secret }) => secret);
    return [...kept, ...nodes.given(node)];
  }

  return {
    record,
    nodeName,
    secretsFor,
    show: id => shown(record(id)),
    all: () => store.read(allRuns).map(shown),
    restores: site =>
      store
        .read(db => (site === undefined ? allRuns(db) : runsOfSite(db, site)))
        .flatMap(one => recordOf(one, nodeName(one.node), linesOf(store, one.id)) ?? []),
    ofSite: site => store.read(db => runsOfSite(db, site)).map(shown),
    auditRecord(id) {
      const scrub = scrubber(secretsFor(record(id).node));
      return auditOf(linesOf(store, id), text => scrub.text(text));
    },
    whose(run) {
      const ours = /^[0-9a-f-]{36}$/.test(run) && store.read(db => runById(db, runId(run)));
      if (!ours) return 'foreign';
      return live.get(ours.id) ? 'ours-running' : 'ours';
    },
    interruptLeftovers() {
      for (const { id, node } of store.read(db => runsInState(db, 'running')))
        journal(store, clock, id, text => text).end('interrupted', appDied(nodeName(node)), false);
    },
  };
}

const noSuchRun = (): FieldError =>
  new FieldError({
    code: 'no-such-thing',
    says: 'There is no such run.',
    untouched: 'Nothing was done.',
    next: 'List the runs and copy the id from there.',
  });

const appDied = (about: string): Failure => ({
  code: 'could-not',
  says: 'Coldstart ended while this run was going on.',
  about,
  untouched: 'What was done until then stays done; nothing is sent twice.',
  next: 'Continue the run: it looks at the node and goes on where it stood.',
});

import type { RunbookName, RunState } from '../../preload/contract/domain.ts';
import type { Failure } from '../../preload/contract/failure.ts';
import type { BundleId, NodeId, RunId, SiteId } from '../../preload/contract/ids.ts';
import type { Reading, Writing } from './store.ts';

/** A run as it stands in its table; its steps are told by the journal. */
export interface RunRecord {
  readonly id: RunId;
  readonly runbook: RunbookName;
  readonly title: string;
  readonly site: SiteId;
  readonly node: NodeId;
  readonly bundle?: BundleId;
  /** What was asked for, as JSON. */
  readonly ask: unknown;
  readonly digest: string;
  readonly state: RunState;
  readonly failure?: Failure;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly practice: boolean;
}

interface Row {
  readonly id: string;
  readonly runbook: string;
  readonly title: string;
  readonly site: string;
  readonly node: string;
  readonly bundle: string | null;
  readonly ask: string;
  readonly digest: string;
  readonly state: string;
  readonly failure: string | null;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly practice: number;
}

const runOf = (row: Row): RunRecord => ({
  id: row.id as RunId,
  runbook: row.runbook as RunbookName,
  title: row.title,
  site: row.site as SiteId,
  node: row.node as NodeId,
  ...(row.bundle !== null && { bundle: row.bundle as BundleId }),
  ask: JSON.parse(row.ask) as unknown,
  digest: row.digest,
  state: row.state as RunState,
  ...(row.failure !== null && { failure: JSON.parse(row.failure) as Failure }),
  startedAt: row.started_at,
  ...(row.ended_at !== null && { endedAt: row.ended_at }),
  practice: row.practice !== 0,
});

const newestFirst = 'order by started_at desc, rowid desc';

export function runById(db: Reading, id: RunId): RunRecord | undefined {
  const row = db.one<Row>('select * from run where id = ?', id);
  return row && runOf(row);
}

/** All runs, newest first. */
export const allRuns = (db: Reading): readonly RunRecord[] =>
  db.all<Row>(`select * from run ${newestFirst}`).map(runOf);

/** Runs of one site, newest first. */
export const runsOfSite = (db: Reading, site: SiteId): readonly RunRecord[] =>
  db.all<Row>(`select * from run where site = ? ${newestFirst}`, site).map(runOf);

export const runsInState = (db: Reading, state: RunState): readonly RunRecord[] =>
  db.all<Row>(`select * from run where state = ? ${newestFirst}`, state).map(runOf);

export function recordRun(db: Writing, run: RunRecord): void {
  db.run(
    `insert into run (id, runbook, title, site, node, bundle, ask, digest, state, failure, started_at, ended_at, practice)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    run.id,
    run.runbook,
    run.title,
    run.site,
    run.node,
    run.bundle ?? null,
    JSON.stringify(run.ask),
    run.digest,
    run.state,
    run.failure ? JSON.stringify(run.failure) : null,
    run.startedAt,
    run.endedAt ?? null,
    run.practice ? 1 : 0,
  );
}

/** Sets where a run stands; `endedAt` and `failure` are emptied when it runs again. */
export function standRun(
  db: Writing,
  id: RunId,
  at: { readonly state: RunState; readonly endedAt?: string; readonly failure?: Failure },
): void {
  db.run(
    'update run set state = ?, ended_at = ?, failure = ? where id = ?',
    at.state,
    at.endedAt ?? null,
    at.failure ? JSON.stringify(at.failure) : null,
    id,
  );
}

/** One line of a run's journal. */
export interface EventRow {
  readonly seq: number;
  readonly at: string;
  readonly step: string | null;
  readonly json: string;
}

/** Adds a line at the end of a run's journal; gives its number. */
export function addEvent(db: Writing, run: RunId, event: Omit<EventRow, 'seq'>): number {
  const last = db.one<{ seq: number | null }>('select max(seq) as seq from run_event where run = ?', run);
  const seq = (last?.seq ?? 0) + 1;
  db.run(
    'insert into run_event (run, seq, at, step, json) values (?, ?, ?, ?, ?)',
    run,
    seq,
    event.at,
    event.step,
    event.json,
  );
  return seq;
}

/** The whole journal of a run, in order. */
export const eventsOf = (db: Reading, run: RunId): readonly EventRow[] =>
  db.all<EventRow>('select seq, at, step, json from run_event where run = ? order by seq', run);

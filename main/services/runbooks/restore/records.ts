import type { World } from '../../../../preload/contract/domain.ts';
import type { RestoreKind, RestoreRecord } from '../../../../preload/contract/snapshots/restore.ts';
import { restoreKinds } from '../../../../preload/contract/snapshots/restore.ts';
import { stopwatch } from '../../../core/runbook/restore/stopwatch.ts';
import type { JournalLine } from '../../../core/runbook/step.ts';
import { told } from '../../../core/runbook/step.ts';
import type { RunRecord } from '../../../store/runs.ts';

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** The snapshot as the plan was made with it; empty for a way back without one. */
function snapshotIn(ground: unknown): string {
  const { brought, kine } = record(record(ground)['restore']);
  const files = record(kine)['files'];
  const file = record(brought)['copy'] ?? (Array.isArray(files) ? (files[0] as unknown) : undefined);
  const { name } = record(file);
  return typeof name === 'string' ? name : '';
}

const kindIn = (ask: unknown): RestoreKind | undefined =>
  restoreKinds.find(kind => kind === record(ask)['kind']);

const spoken = (seconds: number): string =>
  seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;

/** One restore of the site's record, told by its journal; undefined for a run that is no restore or changed nothing. */
export function recordOf(
  run: RunRecord,
  nodeName: string,
  lines: readonly JournalLine[],
): RestoreRecord | undefined {
  const kind = kindIn(run.ask);
  if (run.runbook !== 'restore' || kind === undefined || run.state === 'running') return undefined;
  const watch = stopwatch(lines);
  if (!watch) return undefined;
  const verified = run.state === 'passed';
  const idle = watch.idleSeconds > 0 ? `; the run stood still for ${spoken(watch.idleSeconds)} of them` : '';
  const world: World = run.practice ? 'practice' : 'real';
  return {
    run: run.id,
    site: run.site,
    node: run.node,
    nodeName,
    kind,
    at: watch.from,
    snapshot: snapshotIn(told(lines).ground),
    seconds: watch.seconds,
    verified,
    says: verified
      ? `${spoken(watch.seconds)} from the first change until the cluster was verified${idle}`
      : `the cluster was verified after ${spoken(watch.seconds)}, and the run did not come to its end (${run.state})`,
    world,
  };
}

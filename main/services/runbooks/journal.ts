import type { Progress, Run, RunState } from '../../../preload/contract/domain.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import type { RunId } from '../../../preload/contract/ids.ts';
import { told } from '../../core/runbook/step.ts';
import type { Entry, JournalLine, Told } from '../../core/runbook/step.ts';
import { progressOf } from '../../core/runbook/weights.ts';
import type { Clock } from '../../ports.ts';
import { addEvent, eventsOf, standRun } from '../../store/runs.ts';
import type { RunRecord } from '../../store/runs.ts';
import type { Store } from '../../store/store.ts';

/** The journal of one run. Whatever `write` took is on the disk when it returns. */
export interface Journal {
  write(entry: Entry, step?: string): JournalLine;
  /** The last line and the run's standing, in one transaction. */
  end(state: RunState, failure: Failure | undefined, unchanged: boolean): void;
}

/** Free text of journal entries and failures. All other strings are words of ours: a password that equals one must not change it. */
const freeText = new Set(['saw', 'says', 'asks', 'about', 'untouched', 'next', 'text']);

/** A value without secrets in its free text, at any depth. */
export function cleaned<T>(value: T, clean: (text: string) => string): T {
  const json = JSON.stringify(value, (key, one: unknown) =>
    typeof one === 'string' && freeText.has(key) ? clean(one) : one,
  );
  return JSON.parse(json) as T;
}

/** `clean` takes secrets out of what is written. */
export function journal(store: Store, clock: Clock, run: RunId, clean: (text: string) => string): Journal {
  const lineOf = (entry: Entry, step?: string) => ({
    at: clock.now().toISOString(),
    step: step ?? null,
    json: JSON.stringify(cleaned(entry, clean)),
  });
  return {
    write(entry, step) {
      const line = lineOf(entry, step);
      store.write(db => addEvent(db, run, line));
      return { at: line.at, entry: JSON.parse(line.json) as Entry, ...(step !== undefined && { step }) };
    },
    end(state, failure, unchanged) {
      const line = lineOf({ is: 'ended', state, unchanged, ...(failure && { failure }) });
      store.write(db => {
        addEvent(db, run, line);
        standRun(db, run, { state, endedAt: line.at, ...(failure && { failure }) });
      });
    },
  };
}

/** A run's journal as it stands in the store. */
export const linesOf = (store: Store, run: RunId): readonly JournalLine[] =>
  store
    .read(db => eventsOf(db, run))
    .map(({ at, step, json }) => ({ at, entry: JSON.parse(json) as Entry, ...(step !== null && { step }) }));

export const toldOf = (store: Store, run: RunId): Told => told(linesOf(store, run));

/** Progress of a run nobody is working on: what is done, no remaining time. */
function standingProgress({ heads, steps }: Told, state: RunState): Progress {
  const what = {
    running: 'Running',
    passed: 'Done',
    failed: 'Stopped by a failure',
    cancelled: 'Stopped',
    interrupted: 'Interrupted',
  }[state];
  const weighed = heads.map(({ weight }, i) => {
    const standing = steps[i]?.standing;
    return { weight, done: standing === 'already' || standing === 'passed' ? 1 : 0 };
  });
  return progressOf(what, weighed, { weight: 0, seconds: 0 });
}

/** A run as the page sees it. */
export function runOf(record: RunRecord, nodeName: string, tale: Told, progress?: Progress): Run {
  return {
    id: record.id,
    runbook: record.runbook,
    title: record.title,
    site: record.site,
    node: record.node,
    nodeName,
    ...(record.bundle && { bundle: record.bundle }),
    state: record.state,
    steps: tale.steps,
    ...(record.failure && { failure: record.failure }),
    startedAt: record.startedAt,
    ...(record.endedAt !== undefined && { endedAt: record.endedAt }),
    progress: progress ?? standingProgress(tale, record.state),
    unchanged: record.state === 'passed' && tale.unchanged,
    practice: record.practice,
  };
}

/** JSON lines, one per journal entry: when, in which step, what was asked or seen. */
export const auditOf = (lines: readonly JournalLine[], clean: (text: string) => string): string =>
  lines
    .map(({ at, step, entry }) => ({ at, ...(step !== undefined && { step }), ...cleaned(entry, clean) }))
    .map(line => `${JSON.stringify(line)}\n`)
    .join('');

import { createStore } from 'zustand/vanilla';
import type { Run } from '../../../preload/contract/domain.ts';
import type { RunId } from '../../../preload/contract/ids.ts';
import type { Loadable } from '../../ui/loadable.ts';
import { unloaded } from '../../ui/loadable.ts';

export interface RunsState {
  readonly list: Loadable<readonly Run[]>;
  /** How often each run was taken up again on this page. */
  readonly continued: Readonly<Record<RunId, number>>;
}

export const runsStore = () => createStore<RunsState>(() => ({ list: unloaded, continued: {} }));

export const runOf = ({ list }: RunsState, id: RunId): Run | undefined =>
  list.value?.find(run => run.id === id);

/** Put in its place, or added. */
export const withRun = (runs: readonly Run[], run: Run): readonly Run[] =>
  runs.some(each => each.id === run.id)
    ? runs.map(each => (each.id === run.id ? run : each))
    : [run, ...runs];

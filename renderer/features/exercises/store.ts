import { createStore } from 'zustand/vanilla';
import type { Exercise, ExerciseResult } from '../../../preload/contract/exercises.ts';
import type { Loadable } from '../../ui/loadable.ts';
import { unloaded } from '../../ui/loadable.ts';
import { without } from '../../ui/without.ts';

export interface ExercisesState {
  readonly list: Loadable<readonly Exercise[]>;
  /** What the last check of the exercise that is under way gave. */
  readonly result?: ExerciseResult;
}

export const exercisesStore = () => createStore<ExercisesState>(() => ({ list: unloaded }));

/** The exercise that is under way; at most one is. */
export const begunOf = ({ list }: ExercisesState): Exercise | undefined =>
  list.value?.find(each => each.standing === 'begun');

/** The list with one exercise as it stands now. What an earlier check said no longer holds once one is begun. */
export function withExercise(at: ExercisesState, exercise: Exercise): ExercisesState {
  const others = at.list.value ?? [];
  const list = others.some(each => each.exercise === exercise.exercise)
    ? others.map(each => (each.exercise === exercise.exercise ? exercise : each))
    : [...others, exercise];
  return { ...at, list: { value: list, loading: false } };
}

export const withoutResult = (at: ExercisesState): ExercisesState => without(at, 'result');

/** First what is under way, then what is new, then what was passed. */
const order: Record<Exercise['standing'], number> = { begun: 0, 'not-begun': 1, passed: 2 };
export const inOrder = (list: readonly Exercise[]): readonly Exercise[] =>
  list.toSorted((a, b) => order[a.standing] - order[b.standing]);

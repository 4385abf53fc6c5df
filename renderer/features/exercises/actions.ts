import type { ExerciseName } from '../../../preload/contract/exercises.ts';
import { fetched } from '../../ui/loadable.ts';
import { ask, clearTask, fetchTo, task } from '../app/ask.ts';
import type { Page } from '../app/page.ts';
import { withExercise, withoutResult } from './store.ts';

export const loadExercises = (page: Page): Promise<void> =>
  fetchTo(
    () => page.host.call('exercise.list', {}),
    news => page.exercises.setState(({ list }) => ({ list: fetched(list, news) })),
  );

export const beginKey = 'exercise.begin';
export const hintKey = 'exercise.hint';
export const checkKey = 'exercise.check';
export const leaveKey = 'exercise.leave';

/** Breaks the practice node in this one way. */
export async function begin(page: Page, exercise: ExerciseName): Promise<void> {
  for (const key of [hintKey, checkKey, leaveKey]) clearTask(page, key);
  const begun = await task(page, beginKey, how => ask(page, 'exercise.begin', { exercise }, how));
  if (!begun) return;
  page.exercises.setState(withoutResult, true);
  // Beginning one ends another, so the others may have changed as well.
  await loadExercises(page);
}

/** One hint more of the exercise that is under way. */
export async function showHint(page: Page): Promise<void> {
  const hinted = await task(page, hintKey, how => ask(page, 'exercise.hint', {}, how));
  if (hinted) page.exercises.setState(at => withExercise(at, hinted), true);
}

/** Measures whether the goal is reached. */
export async function check(page: Page): Promise<void> {
  const result = await task(page, checkKey, how => ask(page, 'exercise.check', {}, how));
  if (!result) return;
  page.exercises.setState({ result });
  if (result.passed) await loadExercises(page);
}

/** Mends the practice node and ends the exercise. */
export async function leave(page: Page): Promise<void> {
  const left = await task(page, leaveKey, how => ask(page, 'exercise.leave', {}, how));
  if (left === undefined) return;
  page.exercises.setState(withoutResult, true);
  await loadExercises(page);
}

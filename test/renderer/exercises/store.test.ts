import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exercise } from '../../../preload/contract/exercises.ts';
import { begunOf, inOrder, withExercise, withoutResult } from '../../../renderer/features/exercises/store.ts';
import type { ExercisesState } from '../../../renderer/features/exercises/store.ts';

const exercise = (name: Exercise['exercise'], standing: Exercise['standing']): Exercise => ({
  exercise: name,
  title: name,
  goal: 'It runs.',
  story: '',
  hints: 2,
  shown: [],
  standing,
});
const list = [
  exercise('disk-full', 'passed'),
  exercise('clock-wrong', 'not-begun'),
  exercise('emergency-fstab', 'begun'),
];
const state: ExercisesState = { list: { value: list, loading: false } };

test('what is under way stands first, what was passed last', () => {
  assert.deepEqual(
    inOrder(list).map(each => each.exercise),
    ['emergency-fstab', 'clock-wrong', 'disk-full'],
  );
  assert.equal(begunOf(state)?.exercise, 'emergency-fstab');
});

test('a hint changes its exercise and no other', () => {
  const hinted = { ...exercise('emergency-fstab', 'begun'), shown: ['Look at the console.'] };
  const after = withExercise(state, hinted);
  assert.deepEqual(after.list.value, [list[0], list[1], hinted]);
});

test('the result of an exercise is gone when the next one begins', () => {
  const result = { passed: true, says: 'The node is back.', parts: [], seconds: 60, hints: 0 };
  assert.equal(withoutResult({ ...state, result }).result, undefined);
});

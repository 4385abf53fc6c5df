import { exerciseNames } from '../../../preload/contract/exercises.ts';
import type { Exercise, ExerciseName, ExerciseResult } from '../../../preload/contract/exercises.ts';
import { exitCodes, FieldError } from '../../../preload/contract/failure.ts';
import type { Answer } from '../output.ts';
import type { Verb } from '../verb.ts';
import { duration, table } from '../words.ts';

const helped = (hints: number): string =>
  hints === 0 ? 'no hint' : hints === 1 ? 'one hint' : `${hints} hints`;

const standing = ({ standing: is, best }: Exercise): string => {
  const result = best ? `passed in ${duration(best.seconds)}, ${helped(best.hints)}` : '';
  if (is === 'begun') return best ? `begun; ${result}` : 'begun';
  return result;
};

const hintsText = ({ shown, hints }: Exercise): readonly string[] => [
  ...shown.map((hint, i) => `  ${i + 1}. ${hint}`),
  shown.length < hints
    ? `  ${hints - shown.length} more: coldstart exercise hint --practice`
    : '  There is no further hint.',
];

const begunText = (one: Exercise): string =>
  [
    one.title,
    one.story,
    `Goal: ${one.goal}`,
    '',
    'The practice node is broken now. Look at it with `coldstart doctor` or on its console, and bring it back.',
    'When you think it is well: coldstart exercise check --practice',
  ].join('\n');

const resultText = ({ passed, says, parts, seconds, hints }: ExerciseResult): string =>
  [
    ...parts.map(part => `  ${part.holds ? '✓' : '✗'} ${part.says}`),
    `${passed ? '✓' : '✗'} ${says} ${duration(seconds)}, ${helped(hints)}.`,
  ].join('\n');

function named(word: string): ExerciseName {
  const found = exerciseNames.find(name => name === word);
  if (found) return found;
  throw new FieldError({
    code: 'no-such-thing',
    says: 'There is no such exercise.',
    about: word,
    untouched: 'The practice node was left as it is.',
    next: 'List the exercises: coldstart exercise list --practice',
  });
}

export const exerciseVerbs: readonly Verb[] = [
  {
    name: 'exercise list',
    takes: [],
    says: 'Show the exercises of the practice station, and how they went.',
    run: async (at): Promise<Answer> => {
      const all = await at.call('exercise.list', {});
      return {
        json: all,
        text: table(
          ['exercise', 'what is practised', 'result'],
          all.map(one => [one.exercise, one.title, standing(one)]),
        ),
      };
    },
  },
  {
    name: 'exercise begin',
    takes: ['NAME'],
    says: 'Break the practice node for an exercise. The node as it was is kept.',
    more: 'Example: coldstart exercise begin disk-full --practice',
    run: async at => {
      const one = await at.call('exercise.begin', { exercise: named(at.arg(0)) });
      return { json: one, text: begunText(one) };
    },
  },
  {
    name: 'exercise hint',
    takes: [],
    says: 'Show one hint more for the exercise that was begun.',
    run: async at => {
      const one = await at.call('exercise.hint', {});
      return { json: one, text: hintsText(one).join('\n') };
    },
  },
  {
    name: 'exercise check',
    takes: [],
    says: 'Measure on the practice node whether it is cured and nothing was lost.',
    run: async at => {
      const result = await at.call('exercise.check', {});
      return { json: result, text: resultText(result), exit: result.passed ? 0 : exitCodes.check };
    },
  },
  {
    name: 'exercise leave',
    takes: [],
    says: 'Give the practice node back as it was before the exercise.',
    run: async at => {
      await at.call('exercise.leave', {});
      return { json: null, text: '✓ The practice node is as it was before the exercise.' };
    },
  },
];

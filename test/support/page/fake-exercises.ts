import type { CallHandlers } from '../../../main/bridge/handlers.ts';
import type { Exercise } from '../../../preload/contract/exercises.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { ago } from './made-up.ts';

const hints = [
  'What does the machine say while it starts? The console has it.',
  'A line of /etc/fstab names a disk that is no longer there.',
  'Log in with the root password for maintenance, then let the doctor look.',
];

const made: readonly Exercise[] = [
  {
    exercise: 'emergency-fstab',
    title: 'A node that stops while it starts',
    goal: 'The node starts to the login prompt, and K3s runs.',
    story:
      'Somebody pulled a disk and left its line in /etc/fstab. Since the power cut the node answers nothing on the network.',
    hints: 3,
    shown: [],
    standing: 'not-begun',
  },
  {
    exercise: 'disk-full',
    title: 'A full disk',
    goal: 'K3s runs again, and no snapshot was lost.',
    story: 'Old logs filled the card over the winter.',
    hints: 2,
    shown: [],
    standing: 'passed',
    best: { seconds: 412, hints: 1 },
  },
  {
    exercise: 'clock-wrong',
    title: 'A clock without a battery',
    goal: 'The clock is right, and the certificates hold.',
    story: 'The node was without power for a week, and its clock began again in 2020.',
    hints: 2,
    shown: [],
    standing: 'not-begun',
  },
];

type Calls = 'exercise.list' | 'exercise.begin' | 'exercise.hint' | 'exercise.check' | 'exercise.leave';

/** Exercises that live in the page: the first check finds something missing, the second passes. */
export function exerciseStandIn(): Pick<CallHandlers, Calls> {
  let list = made;
  let checks = 0;
  const change = (fits: (each: Exercise) => boolean, part: Partial<Exercise>): Exercise => {
    list = list.map(each => (fits(each) ? { ...each, ...part } : each));
    const found = list.find(fits);
    if (!found) throw new FieldError({ code: 'no-such-thing', says: 'No exercise is under way.' });
    return found;
  };
  const begun = (each: Exercise): boolean => each.standing === 'begun';
  return {
    'exercise.list': () => list,
    'exercise.begin': ({ exercise }) =>
      change(each => each.exercise === exercise, { standing: 'begun', begunAt: ago(3), shown: [] }),
    'exercise.hint': () => {
      const shown = list.find(begun)?.shown.length ?? 0;
      return change(begun, { shown: hints.slice(0, shown + 1) });
    },
    'exercise.check': () => {
      checks += 1;
      const passed = checks > 1;
      if (passed)
        list = list.map(each => (begun(each) ? { ...each, best: { seconds: 187, hints: 1 } } : each));
      return {
        passed,
        says: passed ? 'The node is back.' : 'The node starts, but K3s does not run yet.',
        parts: [
          { says: 'The node answers on its console with a login prompt.', holds: true },
          { says: 'K3s is active and the node is Ready.', holds: passed },
        ],
        seconds: 187,
        hints: 1,
      };
    },
    'exercise.leave': () => {
      list = list.map(each =>
        begun(each) ? { ...each, standing: each.best ? 'passed' : 'not-begun', shown: [] } : each,
      );
      return null;
    },
  };
}

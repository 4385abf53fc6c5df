import type { Exercise } from '../../../preload/contract/exercises.ts';

const standings: Record<Exercise['standing'], string> = {
  'not-begun': 'New',
  begun: 'Under way',
  passed: 'Passed',
};

/** Words of "Exercises". */
export const exercises = {
  title: 'Exercises',
  says: 'The practice node is broken in one way, and you bring it back. Nothing real can break.',
  standings,
  list: 'Exercises',
  all: 'All exercises',
  allSays: 'Beginning one breaks the practice node; what it was before comes back when you leave.',
  begin: 'Begin',
  beginNamed: (title: string): string => `Begin: ${title}`,
  again: 'Begin again',
  againNamed: (title: string): string => `Begin again: ${title}`,
  beginning: 'Breaking the practice node',
  goal: 'Goal',
  story: 'How it came about',
  hints: 'Hints',
  hint: (n: number, of: number): string => `Show hint ${n} of ${of}`,
  noHints: 'All hints are shown.',
  check: 'Check my work',
  checking: 'Looking at the practice node',
  leave: 'Leave this exercise',
  leaving: 'Setting the practice node back',
  snapshots: 'Go to the snapshots',
  rescue: 'Rescue the node',
  passed: 'Passed',
  notYet: 'Not yet',
  holds: 'Holds',
  holdsNot: 'Does not hold yet',
  parts: 'What was measured',
  took: (time: string, hints: number): string =>
    `${time} min, ${hints === 0 ? 'without a hint' : hints === 1 ? 'with 1 hint' : `with ${hints} hints`}`,
  best: 'Best',
  since: 'Begun',
  onlyPractice: 'Exercises run on the practice station',
  onlyPracticeSays: 'They break a pretended node inside this laptop, never a real one.',
  toPractice: 'Practise',
};

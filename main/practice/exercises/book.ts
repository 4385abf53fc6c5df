import { join } from 'node:path';
import type {
  Exercise,
  ExerciseName,
  ExercisePart,
  ExerciseResult,
} from '../../../preload/contract/exercises.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { Clock, Exercises } from '../../ports.ts';
import type { PracticeStation } from '../station.ts';
import { clusterExercises } from './cluster.ts';
import { readBook, writeBook } from './kept.ts';
import type { Book } from './kept.ts';
import { machineExercises } from './machine.ts';
import { restoresToDo } from './restore.ts';
import { data, runs } from './text.ts';
import type { ExerciseText, Measure } from './text.ts';

const texts: readonly ExerciseText[] = [...machineExercises, ...clusterExercises, ...restoresToDo];
const server = `${data}/server`;

const readOff = ['server/token', 'server/db/snapshots/*', 'server/db/etcd/member/snap/db'];

/** The exercises of one practice home. What was begun and reached is kept over restarts. */
export function exercises(
  station: PracticeStation,
  deps: { readonly home: string; readonly clock: Clock },
): Exercises {
  const file = join(deps.home, 'station', 'exercises.json');
  let book = readBook(file);
  const keep = (change: Partial<Book>): void => {
    book = { ...book, ...change };
    writeBook(file, book);
  };
  const now = (): number => deps.clock.now().getTime();
  const textOf = (name: ExerciseName): ExerciseText => {
    const found = texts.find(text => text.exercise === name);
    if (!found) throw notThere(name);
    return found;
  };
  const shown = (text: ExerciseText): Exercise => {
    const current = book.current?.exercise === text.exercise ? book.current : undefined;
    const best = book.best[text.exercise];
    return {
      exercise: text.exercise,
      title: text.title,
      goal: text.goal,
      story: text.story,
      hints: text.hints.length,
      shown: current ? text.hints.slice(0, current.hints) : [],
      standing: current ? 'begun' : best ? 'passed' : 'not-begun',
      ...(current && { begunAt: new Date(current.begunAt).toISOString() }),
      ...(best && { best }),
    };
  };
  const begun = (): { text: ExerciseText; current: NonNullable<Book['current']> } => {
    if (!book.current) throw noneBegun();
    return { text: textOf(book.current.exercise), current: book.current };
  };

  return {
    list: () => texts.map(shown),
    begin: async name => {
      const text = textOf(name);
      station.putAside();
      await station.breakWith(name);
      keep({ current: { exercise: name, begunAt: now(), hints: 0, uid: station.clusterUid } });
      return shown(text);
    },
    hint: () => {
      const { text, current } = begun();
      if (current.hints < text.hints.length) keep({ current: { ...current, hints: current.hints + 1 } });
      return shown(text);
    },
    check: async (): Promise<ExerciseResult> => {
      const { text, current } = begun();
      const parts = await measured(station, text, current.uid);
      const passed = parts.every(part => part.holds);
      const seconds = Math.round((now() - current.begunAt) / 1000);
      const result = { passed, parts, seconds, hints: current.hints, says: said(passed, parts) };
      const best = book.best[text.exercise];
      if (passed && (!best || seconds < best.seconds))
        keep({ best: { ...book.best, [text.exercise]: { seconds, hints: current.hints } } });
      return result;
    },
    leave: async () => {
      begun();
      station.putBack();
      keep({ current: undefined });
    },
  };
}

async function measured(
  station: PracticeStation,
  text: ExerciseText,
  uid: string,
): Promise<readonly ExercisePart[]> {
  const parts: ExercisePart[] = [];
  const measures: readonly Measure[] = [
    ...(text.dead ? [] : [{ says: runs, script: 'k3s kubectl get nodes --no-headers | grep -qw Ready' }]),
    ...text.measures,
  ];
  for (const { says, script } of measures) {
    const { status } = await station.run(script);
    parts.push({ says, holds: status === 0 });
  }
  if (text.dead)
    for (const path of readOff) {
      const { stdout } = await station.run(`ls -d ${data}/${path}`);
      const newest = stdout.trim().split('\n').at(-1) ?? '';
      parts.push({
        says: `${newest.replace(`${server}/`, '')} was read off.`,
        holds: station.wasRead(newest),
      });
    }
  else
    parts.push({
      says: 'The cluster is the same as before: its data was not begun anew.',
      holds: station.clusterUid === uid,
    });
  return parts;
}

function said(passed: boolean, parts: readonly ExercisePart[]): string {
  if (passed) return 'Passed: the node is back, and nothing was lost.';
  const missing = parts.filter(part => !part.holds).length;
  return `Not yet: ${missing} of ${parts.length} measurements do not hold.`;
}

const notThere = (name: string): FieldError =>
  new FieldError({
    code: 'no-such-thing',
    says: 'There is no such exercise.',
    about: name,
    untouched: 'The practice node was left as it is.',
    next: 'List the exercises: coldstart exercise list --practice',
  });

const noneBegun = (): FieldError =>
  new FieldError({
    code: 'bad-ask',
    says: 'No exercise has been begun.',
    untouched: 'The practice node was left as it is.',
    next: 'Begin one: coldstart exercise begin NAME --practice',
  });

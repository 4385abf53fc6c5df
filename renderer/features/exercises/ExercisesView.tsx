import {
  Camera,
  Check,
  CircleX,
  GraduationCap,
  LifeBuoy,
  Lightbulb,
  ListChecks,
  Play,
  Undo2,
} from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import { restoreExercises } from '../../../preload/contract/exercises.ts';
import type { Exercise, ExerciseResult } from '../../../preload/contract/exercises.ts';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { stopwatch } from '../../ui/format.ts';
import { Ago, Card, Empty, Facts, Head } from '../../ui/parts.tsx';
import { Badge, Banner } from '../../ui/Verdict.tsx';
import type { Tone } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import {
  begin,
  beginKey,
  check,
  checkKey,
  hintKey,
  leave,
  leaveKey,
  loadExercises,
  showHint,
} from './actions.ts';
import { begunOf, inOrder } from './store.ts';

/** It begins with a snapshot rather than with the doctor. */
const isRestore = ({ exercise }: Exercise): boolean =>
  (restoreExercises as readonly string[]).includes(exercise);

const tones: Record<Exercise['standing'], Tone> = { 'not-begun': 'quiet', begun: 'busy', passed: 'good' };

/** Exercises on the practice node: one is broken at a time, with a goal, hints and a result. */
export function ExercisesView() {
  const page = usePage();
  const words = useWords().exercises;
  const list = useStore(page.exercises, state => state.list);
  const begun = useStore(page.exercises, begunOf);
  const practice = page.host.world === 'practice';
  useEffect(() => {
    if (practice) void loadExercises(page);
  }, [page, practice]);
  if (!practice)
    return (
      <>
        <Head title={words.title} says={words.says} />
        <Empty icon={GraduationCap} title={words.onlyPractice} says={words.onlyPracticeSays}>
          <Button look="primary" onClick={() => page.host.enterWorld('practice')}>
            {words.toPractice}
          </Button>
        </Empty>
      </>
    );
  return (
    <>
      <Head title={words.title} says={words.says} />
      {list.failure && <FailurePanel failure={list.failure} />}
      <TaskLine task={beginKey} label={words.beginning} />
      <Result />
      {begun && <UnderWay key={begun.begunAt} exercise={begun} />}
      {list.value && (
        <Card title={words.all} says={words.allSays}>
          <ul className="choices" aria-label={words.list}>
            {inOrder(list.value).map(exercise => (
              <ExerciseChoice key={exercise.exercise} exercise={exercise} />
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}

function ExerciseChoice({ exercise }: { readonly exercise: Exercise }) {
  const page = usePage();
  const words = useWords().exercises;
  const busy = useBusy(beginKey);
  const { title, goal, standing, best } = exercise;
  const again = standing !== 'not-begun';
  return (
    <li className={standing === 'begun' ? 'choice chosen' : 'choice'}>
      <div>
        <strong>{title}</strong>
        <p className="hint">{goal}</p>
      </div>
      <div className="row tight">
        {best && (
          <span className="hint">
            {words.best}: {words.took(stopwatch(best.seconds * 1000), best.hints)}
          </span>
        )}
        <Badge tone={tones[standing]}>{words.standings[standing]}</Badge>
      </div>
      <Button
        look={again ? 'plain' : 'primary'}
        icon={Play}
        busy={busy}
        aria-label={again ? words.againNamed(title) : words.beginNamed(title)}
        onClick={() => void begin(page, exercise.exercise)}
      >
        {again ? words.again : words.begin}
      </Button>
    </li>
  );
}

/** The exercise that is under way. */
function UnderWay({ exercise }: { readonly exercise: Exercise }) {
  const page = usePage();
  const words = useWords().exercises;
  const checking = useBusy(checkKey);
  const leaving = useBusy(leaveKey);
  const node = useStore(page.app, state => state.station?.node);
  // It was begun from far down the list.
  const here = useRef<HTMLDivElement>(null);
  useEffect(() => {
    here.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <div ref={here}>
      <Card
        title={exercise.title}
        says={
          exercise.begunAt !== undefined && (
            <>
              {words.since} <Ago at={exercise.begunAt} />
            </>
          )
        }
        actions={
          <Button look="quiet" icon={Undo2} busy={leaving} onClick={() => void leave(page)}>
            {words.leave}
          </Button>
        }
      >
        <Facts
          facts={[
            [words.goal, <strong key="goal">{exercise.goal}</strong>],
            [words.story, exercise.story],
          ]}
        />
        <Hints exercise={exercise} />
        <TaskLine task={checkKey} label={words.checking} />
        <TaskLine task={leaveKey} label={words.leaving} />
        <div className="row">
          {isRestore(exercise) && (
            <Button look="primary" icon={Camera} onClick={() => go({ is: 'snapshots' })}>
              {words.snapshots}
            </Button>
          )}
          <Button
            look={isRestore(exercise) ? 'plain' : 'primary'}
            icon={LifeBuoy}
            onClick={() => go({ is: 'rescue', ...(node !== undefined && { node }) })}
          >
            {words.rescue}
          </Button>
          <Button icon={ListChecks} busy={checking} onClick={() => void check(page)}>
            {words.check}
          </Button>
        </div>
      </Card>
    </div>
  );
}

function Hints({ exercise }: { readonly exercise: Exercise }) {
  const page = usePage();
  const words = useWords().exercises;
  const busy = useBusy(hintKey);
  const { shown, hints } = exercise;
  return (
    <section className="stack" aria-label={words.hints}>
      <div aria-live="polite">
        {shown.length > 0 && (
          <ol className="hints">
            {shown.map(hint => (
              <li key={hint}>{hint}</li>
            ))}
          </ol>
        )}
      </div>
      <TaskLine task={hintKey} label={words.hints} />
      <div className="row">
        {shown.length < hints ? (
          <Button look="quiet" icon={Lightbulb} busy={busy} onClick={() => void showHint(page)}>
            {words.hint(shown.length + 1, hints)}
          </Button>
        ) : (
          hints > 0 && <span className="hint">{words.noHints}</span>
        )}
      </div>
    </section>
  );
}

/** What the last check measured. */
function Result() {
  const page = usePage();
  const result = useStore(page.exercises, state => state.result);
  return <div role="status">{result && <ResultBanner result={result} />}</div>;
}

function ResultBanner({ result }: { readonly result: ExerciseResult }) {
  const words = useWords().exercises;
  const { passed, says, parts, seconds, hints } = result;
  return (
    <Banner tone={passed ? 'good' : 'warn'} title={passed ? words.passed : words.notYet}>
      <p>
        {says} {passed && words.took(stopwatch(seconds * 1000), hints)}
      </p>
      <ul className="measured" aria-label={words.parts}>
        {parts.map(part => (
          <li key={part.says}>
            {part.holds ? <Check size={18} aria-hidden /> : <CircleX size={18} aria-hidden />}
            <span className="unseen">{part.holds ? words.holds : words.holdsNot}: </span>
            <span>{part.says}</span>
          </li>
        ))}
      </ul>
    </Banner>
  );
}

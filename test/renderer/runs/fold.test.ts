import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run, RunNews } from '../../../preload/contract/domain.ts';
import {
  canContinue,
  currentStep,
  foldRun,
  newestFirst,
  standingIn,
  stepsHeld,
} from '../../../renderer/features/runs/fold.ts';
import * as made from '../../support/page/made-up.ts';

const progress = { what: 'Working', done: 1, total: 8, unit: 'steps' } as const;
const going = made.run(made.runs.going, 'running', {
  steps: [made.step(0, 'passed'), made.step(1, 'applying'), made.step(2, 'waiting')],
});
const after = (...news: readonly RunNews[]): Run | undefined =>
  news.reduce<Run | undefined>((at, each) => foldRun(at, each), going);

test('a whole run can be told from its news alone', () => {
  const done = made.run(made.runs.going, 'passed');
  const run = after(
    { is: 'step', step: made.step(1, 'verifying'), progress },
    { is: 'progress', progress: { ...progress, done: 2 } },
    { is: 'step', step: made.step(1, 'passed', 'Seen.'), progress },
    { is: 'ended', run: done },
  );
  assert.deepEqual(run, done);
});

test('news of one step leaves the others as they are', () => {
  const run = after({ is: 'step', step: made.step(1, 'failed', 'No.'), progress });
  assert.deepEqual(
    run?.steps.map(step => step.standing),
    ['passed', 'failed', 'waiting'],
  );
  assert.equal(run && currentStep(run)?.saw, 'No.');
  assert.equal(run && stepsHeld(run), 1);
});

test('a step nobody announced is shown, not swallowed', () => {
  assert.equal(after({ is: 'step', step: made.step(5, 'applying'), progress })?.steps.length, 4);
});

test('news before the run itself has come changes nothing', () => {
  assert.equal(foldRun(undefined, { is: 'progress', progress }), undefined);
});

test('an interrupted, failed or stopped run can be continued; a finished or running one cannot', () => {
  const states = ['running', 'passed', 'failed', 'cancelled', 'interrupted'] as const;
  assert.deepEqual(
    states.filter(state => canContinue(made.run(made.runs.cut, state))),
    ['failed', 'cancelled', 'interrupted'],
  );
});

test('in a run that stands still no step looks as if it were under way', () => {
  const step = made.step(1, 'verifying');
  assert.equal(standingIn(going, step), 'verifying');
  assert.equal(standingIn({ ...going, state: 'interrupted' }, step), 'unsure');
  assert.equal(standingIn({ ...going, state: 'interrupted' }, made.step(0, 'passed')), 'passed');
});

test('the newest run stands first', () => {
  const sorted = newestFirst(made.allRuns);
  assert.equal(sorted[0]?.id, made.runs.going);
  assert.equal(sorted.at(-1)?.id, made.runs.passed);
});

import type { Run, RunNews, RunStep, StepStanding } from '../../../preload/contract/domain.ts';

/** The run after one piece of news. News of a step that is not in the plan is added at its end, never lost. */
export function foldRun(at: Run | undefined, news: RunNews): Run | undefined {
  switch (news.is) {
    case 'run':
    case 'ended':
      return news.run;
    case 'step':
      return at && { ...at, steps: withStep(at.steps, news.step), progress: news.progress };
    case 'progress':
      return at && { ...at, progress: news.progress };
    default:
      return news satisfies never;
  }
}

function withStep(steps: readonly RunStep[], step: RunStep): readonly RunStep[] {
  const known = steps.some(each => each.id === step.id);
  return known ? steps.map(each => (each.id === step.id ? step : each)) : [...steps, step];
}

const working: ReadonlySet<StepStanding> = new Set(['probing', 'applying', 'verifying']);

/** The step the run is at, or the one it stopped at. */
export function currentStep(run: Run): RunStep | undefined {
  return run.steps.find(
    step => working.has(step.standing) || step.standing === 'failed' || step.standing === 'unsure',
  );
}

/** How a step stands for the eye: in a run that stands still nothing is under way, so such a step is not certain. */
export const standingIn = (run: Run, step: RunStep): StepStanding =>
  run.state !== 'running' && working.has(step.standing) ? 'unsure' : step.standing;

/** How many steps hold, freshly made or already so. */
export const stepsHeld = (run: Run): number =>
  run.steps.filter(step => step.standing === 'passed' || step.standing === 'already').length;

/** Newest first. */
export const newestFirst = (runs: readonly Run[]): readonly Run[] =>
  runs.toSorted((a, b) => b.startedAt.localeCompare(a.startedAt));

/** Whether the technician can take the run up again. */
export const canContinue = (run: Run): boolean =>
  run.state === 'interrupted' || run.state === 'failed' || run.state === 'cancelled';

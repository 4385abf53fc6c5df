import { useEffect, useState } from 'react';
import type { Run, RunStep } from '../../../preload/contract/domain.ts';
import { standingIn } from './fold.ts';
import { stopwatch } from '../../ui/format.ts';
import { StandingBadge } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';

/** The steps of a run with how each stands, why it is there and what was seen. */
export function StepList({ run }: { readonly run: Run }) {
  return (
    <ol className="steps">
      {run.steps.map(step => (
        <StepItem key={step.id} step={{ ...step, standing: standingIn(run, step) }} />
      ))}
    </ol>
  );
}

const moves = new Set<RunStep['standing']>(['probing', 'applying', 'verifying']);

function StepItem({ step }: { readonly step: RunStep }) {
  const words = useWords().runs;
  const moving = moves.has(step.standing);
  return (
    <li className={`step ${step.standing}`} aria-current={moving ? 'step' : undefined}>
      <div className="step-head">
        <span className="step-title">{step.title}</span>
        <span className="row tight">
          {step.startedAt !== undefined && <Took from={step.startedAt} to={step.endedAt} running={moving} />}
          <StandingBadge standing={step.standing} />
        </span>
      </div>
      {(moving || step.standing === 'failed' || step.standing === 'unsure') && (
        <p className="hint">{step.why}</p>
      )}
      {step.saw !== undefined && step.saw !== '' && step.standing !== 'waiting' && (
        <p className="step-saw break" title={step.saw}>
          <span className="unseen">{words.saw}: </span>
          {step.saw}
        </p>
      )}
    </li>
  );
}

/** How long a step took, or takes so far. */
function Took({
  from,
  to,
  running,
}: {
  readonly from: string;
  readonly to: string | undefined;
  readonly running: boolean;
}) {
  const words = useWords().runs;
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [running]);
  const end = to === undefined ? now : Date.parse(to);
  if (to === undefined && !running) return null;
  return (
    <span className="took" title={words.took}>
      {stopwatch(end - Date.parse(from))}
    </span>
  );
}

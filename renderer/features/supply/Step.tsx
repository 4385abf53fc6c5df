import { Check, CircleDot, Lock } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import { useId } from 'react';
import type { ReactNode } from 'react';
import { Badge } from '../../ui/Verdict.tsx';
import type { Tone } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { supplySteps } from './store.ts';
import type { StepState, SupplyStep } from './store.ts';

const tones: Record<StepState, Tone> = {
  now: 'busy',
  busy: 'busy',
  done: 'good',
  failed: 'bad',
  later: 'quiet',
  none: 'quiet',
};

const icons: Partial<Record<StepState, LucideIcon>> = { now: CircleDot, later: Lock };

/** One step of the supply run with its state. A step whose turn has not come says what it waits for. */
export function Step({
  step,
  state,
  children,
}: {
  readonly step: SupplyStep;
  readonly state: StepState;
  readonly children: ReactNode;
}) {
  const words = useWords().supply;
  const titleId = useId();
  const open = state === 'now' || state === 'busy' || state === 'failed';
  return (
    <li
      className={`part ${open ? 'open' : ''} ${state === 'done' ? 'done' : ''}`}
      aria-current={open ? 'step' : undefined}
      aria-labelledby={titleId}
    >
      <header className="part-head">
        <span className="part-number" aria-hidden>
          {state === 'done' ? (
            <Check size={18} />
          ) : state === 'later' ? (
            <Lock size={16} />
          ) : (
            supplySteps.indexOf(step) + 1
          )}
        </span>
        <div className="part-title">
          <h2 id={titleId}>{words.steps[step]}</h2>
          {state === 'later' && <p className="hint">{words.later[step]}</p>}
        </div>
        <StateBadge state={state} />
      </header>
      {state !== 'later' && <div className="part-body">{children}</div>}
    </li>
  );
}

function StateBadge({ state }: { readonly state: StepState }) {
  const words = useWords().supply;
  return (
    <Badge tone={tones[state]} {...(icons[state] && { icon: icons[state] })}>
      {words.states[state]}
    </Badge>
  );
}

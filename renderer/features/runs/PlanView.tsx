import { TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Plan, PlanStep } from '../../../preload/contract/domain.ts';
import { Button } from '../../ui/Button.tsx';
import { CopyButton, Short } from '../../ui/parts.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';

/** A plan: what to know before it is run, the button that runs it, then every step with its reason and exact commands. */
export function PlanView({ plan, children }: { readonly plan: Plan; readonly children?: ReactNode }) {
  const words = useWords().runs.plan;
  const [all, setAll] = useState<boolean>();
  return (
    <div className="plan">
      {plan.warnings.map(warning => (
        <Banner key={warning} tone="warn" title={warning} />
      ))}
      {children}
      <div className="row between">
        <p className="hint">
          {words.steps(plan.steps.length)} · {words.digest} <Short>{plan.digest}</Short>
        </p>
        <Button look="quiet" onClick={() => setAll(all !== true)}>
          {all === true ? words.collapseAll : words.expandAll}
        </Button>
      </div>
      <ol className="plan-steps">
        {plan.steps.map(step => (
          <PlanStepItem key={`${step.id}${String(all)}`} step={step} open={all === true} />
        ))}
      </ol>
    </div>
  );
}

function PlanStepItem({ step, open }: { readonly step: PlanStep; readonly open: boolean }) {
  const words = useWords().runs.plan;
  return (
    <li>
      <p className="plan-title">{step.title}</p>
      <p className="hint">{step.why}</p>
      {step.mayLose !== undefined && (
        <p className="may-lose">
          <TriangleAlert size={16} aria-hidden /> {words.mayLose}: {step.mayLose}
        </p>
      )}
      {step.commands.length > 0 && (
        <details open={open}>
          <summary>
            {words.commands(step.commands.length)}
            <span className="unseen">: {step.title}</span>
          </summary>
          {step.commands.map((command, i) => (
            <div key={`${i}${command.text}`} className="command">
              <div className="row between">
                <span className="hint">{words.sentTo(command)}</span>
                <CopyButton text={command.text} />
              </div>
              {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
              <pre tabIndex={0} aria-label={words.sentTo(command)} role="region">
                {command.text}
              </pre>
            </div>
          ))}
        </details>
      )}
    </li>
  );
}

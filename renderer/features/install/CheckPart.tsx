import { ClipboardCheck, ListChecks } from 'lucide-react';
import { useStore } from 'zustand';
import type { Check, Preflight } from '../../../preload/contract/domain.ts';
import { Button } from '../../ui/Button.tsx';
import { Table } from '../../ui/Table.tsx';
import { Banner, VerdictBadge, verdictTones } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { checkKey, checkNode, planKey, showPlan } from './actions.ts';

/** The preflight: whether this node is fit for this install. */
export function CheckPart() {
  const page = usePage();
  const words = useWords().install;
  const preflight = useStore(page.install, state => state.preflight);
  const checking = useBusy(checkKey);
  const planning = useBusy(planKey);
  return (
    <>
      <p>{words.checkSays}</p>
      <TaskLine task={checkKey} label={words.checking} />
      {preflight && !checking && <PreflightView preflight={preflight} />}
      <TaskLine task={planKey} label={words.planning} />
      <div className="row">
        {preflight && preflight.verdict !== 'blocked' && (
          <Button look="primary" icon={ListChecks} busy={planning} onClick={() => void showPlan(page)}>
            {words.showPlan}
          </Button>
        )}
        <Button
          look={preflight && preflight.verdict !== 'blocked' ? 'plain' : 'primary'}
          icon={ClipboardCheck}
          busy={checking}
          onClick={() => void checkNode(page)}
        >
          {preflight ? words.checkAgain : words.check}
        </Button>
      </div>
    </>
  );
}

const order: Record<Check['verdict'], number> = { blocked: 0, warned: 1, unknown: 2, passed: 3 };

/** The verdict first, then what is not good, then the good checks folded away. */
export function PreflightView({ preflight }: { readonly preflight: Preflight }) {
  const words = useWords().install;
  const good = preflight.checks.filter(check => check.verdict === 'passed');
  const rest = preflight.checks
    .filter(check => check.verdict !== 'passed')
    .toSorted((a, b) => order[a.verdict] - order[b.verdict]);
  return (
    <div role="status" className="stack">
      <Banner tone={verdictTones[preflight.verdict]} title={words.checkTitles[preflight.verdict]}>
        <p>{words.checkCount(good.length, preflight.checks.length)}</p>
      </Banner>
      {rest.length > 0 && <CheckTable checks={rest} />}
      {good.length > 0 && (
        <details>
          <summary>{words.goodChecks(good.length)}</summary>
          <CheckTable checks={good} />
        </details>
      )}
    </div>
  );
}

function CheckTable({ checks }: { readonly checks: readonly Check[] }) {
  const words = useWords();
  const columns = words.install.checkColumns;
  return (
    <Table
      caption={words.install.checking}
      rows={checks}
      rowKey={check => check.id}
      columns={[
        { head: columns.verdict, kind: 'fit', render: check => <VerdictBadge verdict={check.verdict} /> },
        { head: columns.title, render: check => <strong>{check.title}</strong> },
        {
          head: columns.saw,
          render: check => (
            <>
              <span className="break">{check.saw}</span>
              {check.next !== undefined && (
                <p className="hint">
                  {words.ui.next}: {check.next}
                </p>
              )}
            </>
          ),
        },
      ]}
    />
  );
}

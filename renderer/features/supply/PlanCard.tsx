import { ListChecks, PackageCheck } from 'lucide-react';
import { useStore } from 'zustand';
import type { ExportPlan, Site } from '../../../preload/contract/domain.ts';
import { Button } from '../../ui/Button.tsx';
import { size } from '../../ui/format.ts';
import { Card, Code, Facts } from '../../ui/parts.tsx';
import { Table } from '../../ui/Table.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { planExport, planKey, writeExport, writeKey } from './actions.ts';
import { BagVerdict } from './BagVerdict.tsx';

/** What goes out, the room for it, the writing and its verdict. */
export function PlanCard({ site, to }: { readonly site: Site; readonly to: string }) {
  const page = usePage();
  const words = useWords().supply;
  const kept = useStore(page.supply, state => state.plan);
  const written = useStore(page.supply, state => state.written);
  const planning = useBusy(planKey);
  const writing = useBusy(writeKey);
  const plan = kept && kept.site === site.id && kept.to === to ? kept : undefined;
  const mine = written?.site === site.id ? written : undefined;
  return (
    <Card
      title={words.plan}
      actions={
        <>
          <Button
            icon={ListChecks}
            look={plan?.enough === true ? 'plain' : 'primary'}
            busy={planning}
            disabled={writing}
            onClick={() => void planExport(page, site.id)}
          >
            {words.look}
          </Button>
          {plan?.enough === true && (
            <Button
              look="primary"
              icon={PackageCheck}
              busy={writing}
              onClick={() => void writeExport(page, site.id)}
            >
              {words.write}
            </Button>
          )}
        </>
      }
    >
      <TaskLine task={planKey} label={words.looking} />
      <TaskLine task={writeKey} label={words.writing} again={() => void writeExport(page, site.id)} />
      {plan && <PlanBody plan={plan} />}
      {mine && (
        <div className="stack" role="status">
          <BagVerdict check={mine.check} goodTitle={words.written} />
          <p className="hint">{words.notYetUnplug}</p>
        </div>
      )}
    </Card>
  );
}

function PlanBody({ plan }: { readonly plan: ExportPlan }) {
  const words = useWords().supply;
  return (
    <div className="stack">
      <Banner tone={plan.enough ? 'good' : 'bad'} title={plan.enough ? words.enough : words.tooLittle}>
        <p>{words.sum(plan.items.length, size(plan.bytes), size(plan.free))}</p>
      </Banner>
      <Facts
        facts={[
          [words.bag, <Code key="bag">{plan.bag}</Code>],
          [
            words.sealedTo,
            <span key="keys" className="stack">
              {plan.recipients.map(key => (
                <Code key={key}>{key}</Code>
              ))}
            </span>,
          ],
        ]}
      />
      <Table
        caption={words.plan}
        rows={plan.items}
        rowKey={item => item.path}
        columns={[
          { head: words.columns.path, render: item => <span className="break">{item.path}</span> },
          { head: words.columns.what, kind: 'fit', render: item => words.what[item.what] },
          { head: words.columns.size, kind: 'number', render: item => size(item.bytes) },
        ]}
      />
    </div>
  );
}

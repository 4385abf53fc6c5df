import { ListChecks } from 'lucide-react';
import { useEffect } from 'react';
import { useStore } from 'zustand';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { Ago, Empty, Head } from '../../ui/parts.tsx';
import { Table } from '../../ui/Table.tsx';
import { RunBadge } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { loadRuns } from './actions.ts';
import { newestFirst } from './fold.ts';

/** Every run of this laptop, newest first. */
export function RunsView() {
  const page = usePage();
  const words = useWords().runs;
  const list = useStore(page.runs, state => state.list);
  useEffect(() => void loadRuns(page), [page]);
  return (
    <>
      <Head title={words.title} says={words.says} />
      {list.failure && <FailurePanel failure={list.failure} />}
      {list.value?.length === 0 && (
        <Empty icon={ListChecks} title={words.none} says={words.noneSays}>
          <Button look="primary" onClick={() => go({ is: 'install' })}>
            {words.toInstall}
          </Button>
        </Empty>
      )}
      {list.value && list.value.length > 0 && (
        <Table
          caption={words.title}
          rows={newestFirst(list.value)}
          rowKey={run => run.id}
          columns={[
            { head: words.columns.what, render: run => <strong className="break">{run.title}</strong> },
            { head: words.columns.node, render: run => <span className="break">{run.nodeName}</span> },
            { head: words.columns.state, kind: 'fit', render: run => <RunBadge state={run.state} /> },
            { head: words.columns.started, kind: 'fit', render: run => <Ago at={run.startedAt} /> },
            {
              head: words.columns.actions,
              kind: 'actions',
              render: run => (
                <Button
                  aria-label={words.openNamed(run.title, run.nodeName)}
                  onClick={() => go({ is: 'run', run: run.id })}
                >
                  {words.open}
                </Button>
              ),
            },
          ]}
        />
      )}
    </>
  );
}

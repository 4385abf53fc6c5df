import { FolderSearch } from 'lucide-react';
import { useStore } from 'zustand';
import type { SiteId } from '../../../preload/contract/ids.ts';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { size } from '../../ui/format.ts';
import { Ago, Card } from '../../ui/parts.tsx';
import { Table } from '../../ui/Table.tsx';
import { Badge } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { useBusy } from '../app/use-task.ts';
import { checkBag, checkKey } from './actions.ts';

/** What was written before. */
export function EarlierExports({ site }: { readonly site: SiteId }) {
  const page = usePage();
  const words = useWords().supply;
  const exports = useStore(page.supply, state => state.exports);
  const checking = useBusy(checkKey);
  const mine = (exports.value ?? [])
    .filter(each => each.site === site)
    .toSorted((a, b) => b.at.localeCompare(a.at));
  const columns = words.earlierColumns;
  return (
    <Card title={words.earlier} says={mine.length === 0 ? words.earlierNone : words.earlierSays}>
      {exports.failure && <FailurePanel failure={exports.failure} />}
      {mine.length > 0 && (
        <Table
          caption={words.earlier}
          rows={mine}
          rowKey={each => each.id}
          columns={[
            { head: columns.at, kind: 'fit', render: each => <Ago at={each.at} /> },
            {
              head: columns.path,
              render: each => (
                <span className="break" title={`${words.manifest} ${each.manifestSha256}`}>
                  {each.path}
                </span>
              ),
            },
            { head: columns.size, kind: 'number', render: each => size(each.bytes) },
            {
              head: columns.verdict,
              kind: 'fit',
              render: each => (
                <Badge tone={each.check.complete ? 'good' : 'bad'}>
                  {each.check.complete ? words.good : words.bad}
                </Badge>
              ),
            },
            {
              head: columns.actions,
              kind: 'actions',
              render: each => (
                <Button
                  icon={FolderSearch}
                  busy={checking}
                  aria-label={`${words.checkBag}: ${each.path}`}
                  onClick={() => void checkBag(page, each.path)}
                >
                  {words.checkBag}
                </Button>
              ),
            },
          ]}
        />
      )}
    </Card>
  );
}

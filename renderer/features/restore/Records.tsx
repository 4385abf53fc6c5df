import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { SiteId } from '../../../preload/contract/ids.ts';
import type { RestoreRecord } from '../../../preload/contract/snapshots/restore.ts';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { moment, stopwatch } from '../../ui/format.ts';
import { fetched, unloaded } from '../../ui/loadable.ts';
import type { Loadable } from '../../ui/loadable.ts';
import { Card } from '../../ui/parts.tsx';
import { Table } from '../../ui/Table.tsx';
import { Badge } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { fetchTo } from '../app/ask.ts';
import { usePage } from '../app/page.ts';
import { siteOf } from '../sites/store.ts';

/** Restores and drills of the site, each with how long it took. Nothing to see before the first one. */
export function Records() {
  const page = usePage();
  const site = useStore(page.sites, siteOf)?.id;
  const records = useRecords(site);
  if (records.failure) return <FailurePanel failure={records.failure} />;
  if (!records.value || records.value.length === 0) return null;
  return <Timed records={records.value} />;
}

function useRecords(site: SiteId | undefined): Loadable<readonly RestoreRecord[]> {
  const page = usePage();
  const [records, setRecords] = useState<Loadable<readonly RestoreRecord[]>>(unloaded);
  useEffect(() => {
    if (site !== undefined)
      void fetchTo(
        () => page.host.call('restore.records', { site }),
        news => setRecords(at => fetched(at, news)),
      );
  }, [page, site]);
  return records;
}

function Timed({ records }: { readonly records: readonly RestoreRecord[] }) {
  const { kinds, records: words } = useWords().restore;
  return (
    <Card title={words.title} says={words.says}>
      <Table
        caption={words.title}
        rows={records}
        rowKey={record => record.run}
        columns={[
          { head: words.when, kind: 'fit', render: ({ at }) => moment(at) },
          { head: words.what, render: ({ kind }) => kinds[kind].title },
          { head: words.node, render: ({ nodeName }) => <span className="break">{nodeName}</span> },
          { head: words.took, kind: 'number', render: ({ seconds }) => stopwatch(seconds * 1000) },
          { head: words.state, render: record => <Verified record={record} /> },
          {
            head: words.run,
            kind: 'actions',
            render: ({ run, nodeName }) => (
              <Button
                look="quiet"
                aria-label={words.openNamed(nodeName)}
                onClick={() => go({ is: 'run', run })}
              >
                {words.open}
              </Button>
            ),
          },
        ]}
      />
    </Card>
  );
}

function Verified({ record: { verified, says } }: { readonly record: RestoreRecord }) {
  const words = useWords().restore.records;
  return (
    <span title={says}>
      <Badge tone={verified ? 'good' : 'warn'}>{verified ? words.verified : words.notVerified}</Badge>
    </span>
  );
}

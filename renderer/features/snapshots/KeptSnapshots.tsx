import { Database, FolderSearch, ShieldCheck, Truck } from 'lucide-react';
import { useStore } from 'zustand';
import type { Snapshot } from '../../../preload/contract/domain.ts';
import type { SiteId } from '../../../preload/contract/ids.ts';
import { Button } from '../../ui/Button.tsx';
import { moment, size } from '../../ui/format.ts';
import { Card, Empty } from '../../ui/parts.tsx';
import { Table } from '../../ui/Table.tsx';
import { Badge } from '../../ui/Verdict.tsx';
import type { Tone } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { verifyKey, verifySnapshot } from './actions.ts';
import { keptOf, verdictOf } from './store.ts';

/** The laptop's catalogue, each copy with what was measured on it. */
export function KeptSnapshots({ site }: { readonly site: SiteId }) {
  const page = usePage();
  const words = useWords().snapshots;
  const kept = useStore(page.snapshots, state => state.kept);
  const mine = keptOf(kept.value, site);
  const columns = words.keptColumns;
  return (
    <Card
      title={words.kept}
      says={words.keptSays}
      actions={
        mine.length > 0 && (
          <Button icon={Truck} title={words.carrySays} onClick={() => go({ is: 'supply' })}>
            {words.carry}
          </Button>
        )
      }
    >
      {kept.value && mine.length === 0 && (
        <Empty icon={Database} title={words.noneKept} says={words.noneKeptSays} />
      )}
      {mine.map(snapshot => (
        <TaskLine key={snapshot.id} task={verifyKey(snapshot.id)} label={words.verifying} />
      ))}
      {mine.length > 0 && (
        <Table
          caption={words.kept}
          rows={mine}
          rowKey={snapshot => snapshot.id}
          columns={[
            {
              head: columns.name,
              render: snapshot => (
                <span className="two-lines">
                  <strong className="break" title={snapshot.path}>
                    {snapshot.name}
                  </strong>
                  <span className="hint">
                    {snapshot.nodeName} · {moment(snapshot.savedAt)}
                  </span>
                  <span className="hint">
                    {words.version} {snapshot.k3sVersion} ·{' '}
                    <span title={words.tokenTitle}>
                      {words.token} <code>{snapshot.tokenHash}</code>
                    </span>
                  </span>
                </span>
              ),
            },
            { head: columns.verdict, render: snapshot => <SnapshotVerdict snapshot={snapshot} /> },
            { head: columns.size, kind: 'number', render: snapshot => size(snapshot.bytes) },
            {
              head: columns.actions,
              kind: 'actions',
              render: snapshot => (
                <div className="row">
                  <LookButton snapshot={snapshot} />
                  <VerifyButton snapshot={snapshot} />
                </div>
              ),
            },
          ]}
        />
      )}
    </Card>
  );
}

const tones: Record<ReturnType<typeof verdictOf>, Tone> = {
  intact: 'good',
  damaged: 'bad',
  'not-proven': 'warn',
};

function SnapshotVerdict({ snapshot }: { readonly snapshot: Snapshot }) {
  const words = useWords().snapshots;
  const verdict = verdictOf(snapshot);
  const said = { intact: words.intact, damaged: words.damaged, 'not-proven': words.notIntact };
  const { trailer, reference, says } = snapshot.check;
  return (
    <>
      <Badge tone={tones[verdict]}>{said[verdict]}</Badge>
      <p className="hint" title={says}>
        {words.trailers[trailer]}, {words.references[reference]}
      </p>
      {verdict !== 'intact' && <p className="hint break">{says}</p>}
    </>
  );
}

function LookButton({ snapshot }: { readonly snapshot: Snapshot }) {
  const words = useWords().look;
  return (
    <Button
      icon={FolderSearch}
      aria-label={words.openNamed(snapshot.name)}
      onClick={() => go({ is: 'look', snapshot: snapshot.id })}
    >
      {words.open}
    </Button>
  );
}

function VerifyButton({ snapshot }: { readonly snapshot: Snapshot }) {
  const page = usePage();
  const words = useWords().snapshots;
  return (
    <Button
      icon={ShieldCheck}
      busy={useBusy(verifyKey(snapshot.id))}
      aria-label={words.verifyNamed(snapshot.name)}
      onClick={() => void verifySnapshot(page, snapshot.id)}
    >
      {words.verify}
    </Button>
  );
}

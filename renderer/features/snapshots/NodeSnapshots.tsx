import { Camera, Download, RefreshCw } from 'lucide-react';
import { useStore } from 'zustand';
import type { NodeSnapshot, SiteNode } from '../../../preload/contract/domain.ts';
import { Button } from '../../ui/Button.tsx';
import { size } from '../../ui/format.ts';
import { Ago, Card } from '../../ui/parts.tsx';
import { Table } from '../../ui/Table.tsx';
import { Badge } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { listKey, listOnNode, pullKey, pullSnapshot, takeKey, takeSnapshot } from './actions.ts';
import { newestSaved } from './store.ts';

/** What one node holds: look, take, pull. */
export function NodeSnapshots({ node }: { readonly node: SiteNode }) {
  const page = usePage();
  const words = useWords().snapshots;
  const listed = useStore(page.snapshots, state => state.onNode[node.id]);
  const listing = useBusy(listKey(node.id));
  const taking = useBusy(takeKey(node.id));
  return (
    <Card
      title={words.onNode(node.name)}
      says={words.onNodeSays}
      actions={
        <>
          <Button icon={RefreshCw} busy={listing} onClick={() => void listOnNode(page, node.id)}>
            {listed ? words.listAgain : words.list}
          </Button>
          <Button look="primary" icon={Camera} busy={taking} onClick={() => void takeSnapshot(page, node.id)}>
            {words.take}
          </Button>
        </>
      }
    >
      <TaskLine task={takeKey(node.id)} label={words.taking} again={() => void takeSnapshot(page, node.id)} />
      <TaskLine task={listKey(node.id)} label={words.listing} again={() => void listOnNode(page, node.id)} />
      {listed?.map(snapshot => (
        <TaskLine
          key={snapshot.name}
          task={pullKey(node.id, snapshot.name)}
          label={words.pulling(snapshot.name)}
          again={() => void pullSnapshot(page, node.id, snapshot.name)}
        />
      ))}
      {listed === undefined && !listing && !taking && <p className="hint">{words.notListed}</p>}
      {listed?.length === 0 && <p className="hint">{words.noneOnNode}</p>}
      {listed && listed.length > 0 && (
        <Table
          caption={words.onNode(node.name)}
          rows={newestSaved(listed)}
          rowKey={snapshot => snapshot.name}
          columns={[
            { head: words.columns.name, render: snapshot => <span className="break">{snapshot.name}</span> },
            { head: words.columns.size, kind: 'number', render: snapshot => size(snapshot.bytes) },
            { head: words.columns.saved, kind: 'fit', render: snapshot => <Ago at={snapshot.createdAt} /> },
            { head: words.columns.state, render: snapshot => <NodeSnapshotState snapshot={snapshot} /> },
            {
              head: words.columns.actions,
              kind: 'actions',
              render: snapshot => <PullButton node={node} snapshot={snapshot} />,
            },
          ]}
        />
      )}
    </Card>
  );
}

function NodeSnapshotState({ snapshot }: { readonly snapshot: NodeSnapshot }) {
  const words = useWords().snapshots;
  if (snapshot.error !== undefined)
    return (
      <>
        <Badge tone="bad">{words.broken}</Badge>
        <p className="hint break">{snapshot.error}</p>
      </>
    );
  if (!snapshot.ready) return <Badge tone="busy">{words.notReady}</Badge>;
  return snapshot.pulled === undefined ? (
    <Badge tone="warn">{words.onlyThere}</Badge>
  ) : (
    <Badge tone="good">{words.here}</Badge>
  );
}

function PullButton({ node, snapshot }: { readonly node: SiteNode; readonly snapshot: NodeSnapshot }) {
  const page = usePage();
  const words = useWords().snapshots;
  const busy = useBusy(pullKey(node.id, snapshot.name));
  if (snapshot.pulled !== undefined || !snapshot.ready) return null;
  return (
    <Button
      icon={Download}
      busy={busy}
      aria-label={words.pullNamed(snapshot.name)}
      onClick={() => void pullSnapshot(page, node.id, snapshot.name)}
    >
      {words.pull}
    </Button>
  );
}

import { Eye, MapPin, Plus, Server, SquareTerminal, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { NodeLook, SiteNode } from '../../../preload/contract/domain.ts';
import { failureOf } from '../../../preload/contract/failure.ts';
import { useStore } from 'zustand';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { Ago, Card, Empty, Facts, Head, Short } from '../../ui/parts.tsx';
import { Table } from '../../ui/Table.tsx';
import { Badge, Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { clearTask, face } from '../app/ask.ts';
import { go } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { useBusy, useTask } from '../app/use-task.ts';
import { chooseNode } from '../install/actions.ts';
import { AddNode } from './AddNode.tsx';
import { lookAt, lookKey, removeNode } from './actions.ts';
import { NewSite } from './NewSite.tsx';
import { SitePicker } from './SitePicker.tsx';
import { nodesOf, siteOf } from './store.ts';

/** Sites and their nodes: what this laptop looks after. */
export function SitesView() {
  const page = usePage();
  const words = useWords().sites;
  const site = useStore(page.sites, siteOf);
  const sites = useStore(page.sites, state => state.sites);
  const nodes = useStore(page.sites, state => state.nodes);
  const [dialog, setDialog] = useState<'site' | 'node'>();
  const [removing, setRemoving] = useState<SiteNode>();
  const mine = nodesOf(nodes.value, site?.id);
  return (
    <>
      <Head title={words.title} says={words.says}>
        <Button icon={Plus} onClick={() => setDialog('site')}>
          {words.newSite}
        </Button>
      </Head>
      {sites.failure && <FailurePanel failure={sites.failure} />}
      {nodes.failure && <FailurePanel failure={nodes.failure} />}
      {sites.value?.length === 0 && (
        <Empty icon={MapPin} title={words.noSites} says={words.noSitesSays}>
          <Button look="primary" icon={Plus} onClick={() => setDialog('site')}>
            {words.newSite}
          </Button>
        </Empty>
      )}
      <SitePicker />
      {site && (
        <Card
          title={words.nodes(site.name)}
          actions={
            <Button
              look={mine.length === 0 ? 'plain' : 'primary'}
              icon={Plus}
              onClick={() => setDialog('node')}
            >
              {words.addNode}
            </Button>
          }
        >
          {mine.length === 0 && nodes.value && (
            <Empty icon={Server} title={words.noNodes} says={words.noNodesSays}>
              <Button look="primary" icon={Plus} onClick={() => setDialog('node')}>
                {words.addNode}
              </Button>
            </Empty>
          )}
          {mine.length > 0 && <NodeTable nodes={mine} onRemove={setRemoving} />}
        </Card>
      )}
      {mine.map(node => (
        <Looked key={node.id} node={node} />
      ))}
      {dialog === 'site' && <NewSite onClose={() => setDialog(undefined)} />}
      {dialog === 'node' && site && <AddNode site={site.id} onClose={() => setDialog(undefined)} />}
      {removing && <Removal node={removing} onClose={() => setRemoving(undefined)} />}
    </>
  );
}

function NodeTable({
  nodes,
  onRemove,
}: {
  readonly nodes: readonly SiteNode[];
  readonly onRemove: (node: SiteNode) => void;
}) {
  const words = useWords().sites;
  const columns = words.columns;
  return (
    <Table
      caption={words.nodesShort}
      rows={nodes}
      rowKey={node => node.id}
      columns={[
        {
          head: columns.node,
          render: node => (
            <span className="two-lines">
              <strong title={node.name}>{node.name}</strong>
              <span className="hint" title={node.address}>
                {node.user}@{node.address}
                {node.port === 22 ? '' : `:${node.port}`}
              </span>
            </span>
          ),
        },
        {
          head: columns.seen,
          kind: 'fit',
          render: node => (
            <span className="two-lines">
              <span>
                <Ago at={node.lastSeen} />
              </span>
              <span className="hint">{node.k3sVersion ?? words.notInstalled}</span>
            </span>
          ),
        },
        {
          head: columns.hostKey,
          kind: 'fit',
          render: node =>
            node.hostKey === undefined ? words.notPinned : <Short keep={15}>{node.hostKey}</Short>,
        },
        {
          head: columns.actions,
          kind: 'actions',
          render: node => (
            <div className="row tight">
              <LookButton node={node} />
              <Button
                icon={SquareTerminal}
                aria-label={words.shellNamed(node.name)}
                onClick={() => go({ is: 'shell', node: node.id })}
              >
                {words.shell}
              </Button>
              <IconButton icon={Trash2} name={words.removeNamed(node.name)} onClick={() => onRemove(node)} />
            </div>
          ),
        },
      ]}
    />
  );
}

function LookButton({ node }: { readonly node: SiteNode }) {
  const page = usePage();
  const words = useWords().sites;
  return (
    <Button
      icon={Eye}
      busy={useBusy(lookKey(node.id))}
      aria-label={words.lookNamed(node.name)}
      onClick={() => void lookAt(page, node.id)}
    >
      {words.look}
    </Button>
  );
}

/** What a look gave, or why it gave nothing. */
function Looked({ node }: { readonly node: SiteNode }) {
  const page = usePage();
  const all = useWords();
  const words = all.sites;
  const look = useStore(page.sites, state => state.looks[node.id]);
  const task = useTask(lookKey(node.id));
  if (task?.is === 'failed') {
    const wrong = task.failure.code === 'login-refused';
    return (
      <FailurePanel failure={task.failure}>
        {wrong && (
          <Button
            look="primary"
            onClick={() =>
              void face(page, {
                is: 'secret',
                node: node.id,
                kind: 'password',
                refused: true,
                failure: task.failure,
              }).then(cleared => (cleared ? lookAt(page, node.id) : undefined))
            }
          >
            {words.enterPassword}
          </Button>
        )}
        <Button look={wrong ? 'plain' : 'primary'} onClick={() => void lookAt(page, node.id)}>
          {all.ui.tryAgain}
        </Button>
        <Button look="quiet" onClick={() => clearTask(page, lookKey(node.id))}>
          {all.ui.close}
        </Button>
      </FailurePanel>
    );
  }
  if (task?.is === 'busy')
    return (
      <p className="hint" role="status">
        {words.looking(node.name)}
      </p>
    );
  return look ? <LookCard node={node} look={look} /> : null;
}

function LookCard({ node, look }: { readonly node: SiteNode; readonly look: NodeLook }) {
  const page = usePage();
  const words = useWords().sites;
  return (
    <section className="card" role="status" aria-label={words.looked(node.name)}>
      <Banner tone="good" title={words.looked(node.name)}>
        <p>{words.lookedSays}</p>
      </Banner>
      <Facts
        facts={[
          [words.facts.hostname, look.hostname],
          [words.facts.os, look.os],
          [words.facts.kernel, look.kernel],
          [words.facts.arch, look.arch],
          [
            words.facts.sudo,
            <Badge key="sudo" tone={look.sudo === 'none' ? 'bad' : 'good'}>
              {words.sudo[look.sudo]}
            </Badge>,
          ],
          [words.facts.k3s, look.k3s ?? words.noK3s],
          [words.facts.machineId, <Short key="id">{look.machineId}</Short>],
          [
            words.facts.hostKey,
            <code key="key" className="code">
              {look.hostKey}
            </code>,
          ],
        ]}
      />
      {look.k3s === undefined && look.sudo !== 'none' && (
        <div className="row">
          <Button
            look="primary"
            onClick={() => {
              void chooseNode(page, node.id);
              go({ is: 'install' });
            }}
          >
            {words.install}
          </Button>
        </div>
      )}
    </section>
  );
}

function Removal({ node, onClose }: { readonly node: SiteNode; readonly onClose: () => void }) {
  const page = usePage();
  const all = useWords();
  const words = all.sites.removal;
  const [failure, setFailure] = useState<unknown>();
  return (
    <Dialog
      title={words.title(node.name)}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{all.ui.cancel}</Button>
          <Button
            look="danger"
            icon={Trash2}
            onClick={() => void removeNode(page, node.id).then(onClose, setFailure)}
          >
            {words.go}
          </Button>
        </>
      }
    >
      <p>{words.says}</p>
      {failure !== undefined && <FailurePanel failure={failureOf(failure)} />}
    </Dialog>
  );
}

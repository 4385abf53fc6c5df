import { Eye, LifeBuoy, MapPin, Plus, Radar, Server, SquareTerminal, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import { failureOf } from '../../../preload/contract/failure.ts';
import { useStore } from 'zustand';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { Ago, Card, Empty, Head, Short } from '../../ui/parts.tsx';
import { Table } from '../../ui/Table.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { useBusy } from '../app/use-task.ts';
import { AddNode } from './AddNode.tsx';
import { lookAt, lookKey, removeNode } from './actions.ts';
import { Looked } from './Looked.tsx';
import { NewSite } from './NewSite.tsx';
import { SitePicker } from './SitePicker.tsx';
import { nodesOf, siteOf } from './store.ts';

/** Sites and their nodes: what this laptop looks after. */
export function SitesView() {
  const page = usePage();
  const { sites: words, map } = useWords();
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
            <>
              <Button icon={Radar} onClick={() => go({ is: 'map' })}>
                {map.link}
              </Button>
              <Button
                look={mine.length === 0 ? 'plain' : 'primary'}
                icon={Plus}
                onClick={() => setDialog('node')}
              >
                {words.addNode}
              </Button>
            </>
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
  const { sites: words, rescue } = useWords();
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
                {node.over === 'serial' && ` · ${rescue.overCable}`}
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
          kind: 'spare',
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
              <Button
                icon={LifeBuoy}
                aria-label={rescue.openNamed(node.name)}
                onClick={() => go({ is: 'rescue', node: node.id })}
              >
                {rescue.openShort}
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

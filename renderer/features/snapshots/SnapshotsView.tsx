import { Server } from 'lucide-react';
import { useEffect } from 'react';
import { useStore } from 'zustand';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { Select } from '../../ui/Field.tsx';
import { Empty, Head } from '../../ui/parts.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { SitePicker } from '../sites/SitePicker.tsx';
import { nodesOf, siteOf } from '../sites/store.ts';
import { loadCatalogue, loadKept } from './actions.ts';
import { GapCard } from './GapCard.tsx';
import { KeptSnapshots } from './KeptSnapshots.tsx';
import { NodeSnapshots } from './NodeSnapshots.tsx';
import { ProveFile } from './ProveFile.tsx';

/** Snapshots on the nodes and on this laptop. */
export function SnapshotsView() {
  const page = usePage();
  const words = useWords().snapshots;
  const site = useStore(page.sites, siteOf);
  const known = useStore(page.sites, state => state.nodes.value);
  const chosen = useStore(page.snapshots, state => state.node);
  const failure = useStore(page.snapshots, state => state.kept.failure);
  const nodes = nodesOf(known, site?.id);
  const node = nodes.find(each => each.id === chosen) ?? nodes[0];
  useEffect(() => {
    void loadKept(page);
    void loadCatalogue(page);
  }, [page]);
  return (
    <>
      <Head title={words.title} says={words.says} />
      {failure && <FailurePanel failure={failure} />}
      <div className="row">
        <SitePicker />
        {node && nodes.length > 1 && (
          <div className="picker">
            <Select
              label={words.node}
              value={node.id}
              options={nodes.map(each => ({ value: each.id, label: each.name }))}
              onValue={id => page.snapshots.setState({ node: id })}
            />
          </div>
        )}
      </div>
      {known && !node && (
        <Empty icon={Server} title={words.noNode} says={words.noNodeSays}>
          <Button look="primary" onClick={() => go({ is: 'sites' })}>
            {words.toSites}
          </Button>
        </Empty>
      )}
      {node && <NodeSnapshots key={node.id} node={node} />}
      {site && <KeptSnapshots site={site.id} />}
      {node && <GapCard key={`gap-${node.id}`} node={node} />}
      <ProveFile />
    </>
  );
}

import { Download, HardDriveDownload, Trash2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { Site, SiteNode } from '../../../preload/contract/domain.ts';
import { Button } from '../../ui/Button.tsx';
import { Select } from '../../ui/Field.tsx';
import { count } from '../../ui/format.ts';
import { Card } from '../../ui/parts.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { clearRemedy } from '../remedies/actions.ts';
import { nodesOf } from '../sites/store.ts';
import { pullKey, pullLog } from './between.ts';
import { Asked, RemedyButton } from './RemedyButton.tsx';
import { WayPart } from './WayPart.tsx';

/** What goes on while nobody is here: the nodes' own logs, and the way out. */
export function BetweenPart({ site }: { readonly site: Site }) {
  const page = usePage();
  const nodes = nodesOf(
    useStore(page.sites, state => state.nodes.value),
    site.id,
  );
  const [chosen, setChosen] = useState<string>();
  const node = nodes.find(({ id }) => id === chosen) ?? nodes[0];
  // What was begun here is not shown elsewhere.
  useEffect(() => () => clearRemedy(page), [page]);
  const words = useWords().metrics.between;
  if (!node) return null;
  const choice = nodes.length > 1 && (
    <div className="picker">
      <Select
        label={words.node}
        value={node.id}
        options={nodes.map(({ id, name }) => ({ value: id, label: name }))}
        onValue={id => {
          clearRemedy(page);
          setChosen(id);
        }}
      />
    </div>
  );
  return (
    <>
      <Card title={words.title} says={words.says}>
        {choice}
        <OwnLog node={node} />
      </Card>
      <WayPart site={site} node={node} />
    </>
  );
}

function OwnLog({ node }: { readonly node: SiteNode }) {
  const page = usePage();
  const words = useWords().metrics.between;
  const pulling = useBusy(pullKey);
  const pulled = useStore(page.metrics, state => state.pulled);
  return (
    <>
      <div className="row">
        <Button icon={Download} busy={pulling} onClick={() => void pullLog(page, node.id)}>
          {words.pull}
        </Button>
        <RemedyButton node={node} remedy="recorder-install" title={words.install} icon={HardDriveDownload} />
        <RemedyButton node={node} remedy="recorder-remove" title={words.remove} icon={Trash2} />
      </div>
      <TaskLine
        task={pullKey}
        label={words.pulling}
        node={node.id}
        again={() => void pullLog(page, node.id)}
      />
      {pulled?.node === node.id && (
        <div role="status">
          <p>{pulled.there ? words.pulled(count(pulled.samples)) : words.nothingThere}</p>
          {pulled.clockJumps > 0 && <p className="hint">{words.jumped(pulled.clockJumps)}</p>}
          {pulled.unplaced > 0 && <p className="wrong">{words.unplaced(count(pulled.unplaced))}</p>}
          {pulled.left.map(each => (
            <p key={each} className="hint">
              {each}
            </p>
          ))}
        </div>
      )}
      <Asked node={node} remedies={['recorder-install', 'recorder-remove']} />
    </>
  );
}

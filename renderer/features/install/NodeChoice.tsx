import { Server } from 'lucide-react';
import { useStore } from 'zustand';
import { Button } from '../../ui/Button.tsx';
import { Ago, Empty } from '../../ui/parts.tsx';
import { Badge } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { SitePicker } from '../sites/SitePicker.tsx';
import { nodesOf, siteOf } from '../sites/store.ts';
import { chooseNode } from './actions.ts';

/** Which node to install on. */
export function NodeChoice() {
  const page = usePage();
  const all = useWords();
  const words = all.install;
  const site = useStore(page.sites, siteOf);
  const known = useStore(page.sites, state => state.nodes.value);
  const chosen = useStore(page.install, state => state.node);
  const nodes = nodesOf(known, site?.id);
  if (!known) return null;
  return (
    <>
      <SitePicker />
      {nodes.length === 0 && (
        <Empty icon={Server} title={words.needNode} says={words.needNodeSays}>
          <Button look="primary" onClick={() => go({ is: 'sites' })}>
            {words.toSites}
          </Button>
        </Empty>
      )}
      <ul className="choices" aria-label={words.chooseNode}>
        {nodes.map(node => (
          <li key={node.id} className={node.id === chosen ? 'choice chosen' : 'choice'}>
            <div>
              <strong className="break">{node.name}</strong>
              <p className="hint break">
                {node.user}@{node.address} · {words.seen} <Ago at={node.lastSeen} />
              </p>
            </div>
            <div className="row">
              {node.id === chosen && <Badge tone="good">{all.ui.chosen}</Badge>}
              {node.k3sVersion !== undefined && <Badge tone="warn">{words.hasK3s(node.k3sVersion)}</Badge>}
            </div>
            <Button
              look="primary"
              aria-label={`${words.useThis}: ${node.name}`}
              onClick={() => void chooseNode(page, node.id)}
            >
              {words.useThis}
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}

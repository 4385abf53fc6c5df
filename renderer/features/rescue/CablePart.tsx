import { Network } from 'lucide-react';
import { useStore } from 'zustand';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import { Button } from '../../ui/Button.tsx';
import { Badge } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { chooseWay, wayKey } from './actions.ts';
import { PortList } from './PortList.tsx';

/** Which cable goes to the node; or the network, when only K3s is down. */
export function CablePart({ node }: { readonly node: SiteNode }) {
  const page = usePage();
  const all = useWords();
  const words = all.rescue.cable;
  const way = useStore(page.rescue, state => state.way);
  const busy = useBusy(wayKey);
  return (
    <>
      <p>{words.says}</p>
      <PortList
        node={node.id}
        chosen={way?.is === 'port' ? way.port : undefined}
        onUse={port => void chooseWay(page, node, { is: 'port', port })}
      />
      <div className={way?.is === 'ssh' ? 'choice chosen' : 'choice'}>
        <div>
          <strong>
            <Network size={18} aria-hidden /> {words.overSsh}
          </strong>
          <p className="hint">{words.overSshSays}</p>
        </div>
        <div className="row">{way?.is === 'ssh' && <Badge tone="good">{all.ui.chosen}</Badge>}</div>
        <Button
          busy={busy}
          aria-label={words.nameFor(words.overSsh)}
          onClick={() => void chooseWay(page, node, { is: 'ssh' })}
        >
          {words.use}
        </Button>
      </div>
      <TaskLine task={wayKey} label={words.overSsh} />
    </>
  );
}

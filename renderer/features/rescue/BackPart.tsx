import { KeyRound, Network } from 'lucide-react';
import { useStore } from 'zustand';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import { Button } from '../../ui/Button.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { lookKey } from '../sites/actions.ts';
import { Looked } from '../sites/Looked.tsx';
import { backKey, backToSsh, pinByCable, pinKey } from './actions.ts';
import { isNetworked } from './store.ts';

/** Back to the network, with host keys that came over the cable. */
export function BackPart({ node }: { readonly node: SiteNode }) {
  const page = usePage();
  const words = useWords().rescue.back;
  const { way, pinned } = useStore(page.rescue);
  const pinning = useBusy(pinKey);
  const going = useBusy(backKey);
  const looking = useBusy(lookKey(node.id));
  const networked = way?.is === 'port' && isNetworked(way.port);
  return (
    <>
      <p>{words.says}</p>
      {networked && <Banner tone="warn" title={words.notOverNetwork} />}
      {pinned && (
        <div role="status">
          <Banner tone="good" title={words.pinned}>
            <p>{words.pinnedSays}</p>
            <ul className="keys">
              {pinned.map(key => (
                <li key={key}>
                  <code className="code">{key}</code>
                </li>
              ))}
            </ul>
          </Banner>
        </div>
      )}
      <TaskLine
        task={pinKey}
        label={words.pinning}
        node={node.id}
        again={() => void pinByCable(page, node.id)}
      />
      <TaskLine task={backKey} label={words.going} />
      <div className="row">
        {!networked && (
          <Button
            look={pinned ? 'plain' : 'primary'}
            icon={KeyRound}
            busy={pinning}
            onClick={() => void pinByCable(page, node.id)}
          >
            {words.pin}
          </Button>
        )}
        <Button
          look={pinned || networked ? 'primary' : 'plain'}
          icon={Network}
          busy={going || looking}
          onClick={() => void backToSsh(page, node.id)}
        >
          {words.go}
        </Button>
      </div>
      <Looked node={node} />
      <p className="hint">{node.over === 'ssh' ? words.nowSsh : `${words.nowSerial}. ${words.stay}`}</p>
    </>
  );
}

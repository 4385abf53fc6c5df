import { Maximize2, Stethoscope } from 'lucide-react';
import { useStore } from 'zustand';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import { Button } from '../../ui/Button.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { joinConsole, joinKey } from '../console/actions.ts';
import { ConsolePane } from '../console/ConsolePane.tsx';
import { StateBanner } from '../console/StateBanner.tsx';
import { sessionOf } from '../console/store.ts';
import { openPart } from './actions.ts';

/** What stands on the console, what can be done about it, and the console itself. */
export function ConsolePart({ node }: { readonly node: SiteNode }) {
  const page = usePage();
  const all = useWords();
  const words = all.rescue.console;
  const way = useStore(page.rescue, state => state.way);
  const port = way?.is === 'port' ? way.port : undefined;
  const session = useStore(page.consoles, state => sessionOf(state, port));
  if (port === undefined) return null;
  const ready = session?.state?.is === 'shell' || session?.state?.is === 'login';
  return (
    <>
      {!ready && <p>{words.says}</p>}
      <StateBanner port={port} node={node.id} calm={ready} />
      {session?.closed !== undefined && (
        <>
          <TaskLine task={joinKey(port)} label={all.consoles.opening} />
          <div className="row">
            <Button look="primary" onClick={() => void joinConsole(page, port, session.settings)}>
              {all.consoles.openAgain}
            </Button>
          </div>
        </>
      )}
      <div className="row">
        <Button
          look={ready ? 'primary' : 'plain'}
          icon={Stethoscope}
          onClick={() => openPart(page, 'doctor')}
        >
          {words.goOn}
        </Button>
        <Button look="quiet" icon={Maximize2} onClick={() => go({ is: 'console', port })}>
          {words.whole}
        </Button>
      </div>
      <ConsolePane port={port} />
    </>
  );
}

import { Plug, Settings2, Unplug } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Head } from '../../ui/parts.tsx';
import { Choice } from '../../ui/Choice.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { LineForm } from '../rescue/LinePart.tsx';
import { loadPorts } from '../rescue/actions.ts';
import { hasSpeed } from '../rescue/store.ts';
import { BlackBoxPanel } from './BlackBoxPanel.tsx';
import { closeConsole, joinConsole, joinKey } from './actions.ts';
import { ConsolePane } from './ConsolePane.tsx';
import { LineDialog } from './LineDialog.tsx';
import { StateBanner } from './StateBanner.tsx';
import { sessionOf } from './store.ts';
import type { Session } from './store.ts';

const views = ['live', 'box'] as const;
type View = (typeof views)[number];

/** One console on the whole screen: what stands there, what can be done, the bytes, and what was recorded. */
export function ConsoleView({ port }: { readonly port: string }) {
  const page = usePage();
  const words = useWords().consoles;
  const session = useStore(page.consoles, state => sessionOf(state, port));
  const known = useStore(page.rescue, state => state.ports.value?.find(each => each.port === port));
  const node = useStore(page.sites, ({ nodes }) => nodes.value?.find(each => each.cable?.port === port));
  const [view, setView] = useState<View>('live');
  const open = session?.console !== undefined;
  const title = known?.title ?? port;
  useEffect(() => void loadPorts(page), [page]);
  useEffect(() => {
    // What the host has open already is only joined: no control line changes.
    if (known?.standing.is === 'ours' && session?.closed === undefined) void joinConsole(page, port);
  }, [page, port, known?.standing.is, session?.closed]);
  return (
    <div className="whole-screen">
      <Head title={words.title(node?.name ?? title)} {...(node && { says: title })}>
        <Choice
          label={words.views}
          value={view}
          options={[
            { value: 'live', label: words.live },
            { value: 'box', label: words.box },
          ]}
          onValue={setView}
        />
        {open && session && <OpenActions session={session} />}
      </Head>
      <StateBanner port={port} node={node?.id} />
      {view === 'box' && <BlackBoxPanel port={port} />}
      {view === 'live' && (open ? <ConsolePane port={port} takesFocus /> : <NotOpen port={port} />)}
    </div>
  );
}

function OpenActions({ session }: { readonly session: Session }) {
  const page = usePage();
  const all = useWords();
  const words = all.consoles;
  const [dialog, setDialog] = useState<'line' | 'close'>();
  const shut = (): void => setDialog(undefined);
  return (
    <>
      <Button icon={Settings2} onClick={() => setDialog('line')}>
        {words.line.change}
        {session.settings && session.can?.speed === true && `: ${words.line.short(session.settings)}`}
      </Button>
      <Button icon={Unplug} onClick={() => setDialog('close')}>
        {words.close}
      </Button>
      {dialog === 'line' && <LineDialog session={session} onClose={shut} />}
      {dialog === 'close' && (
        <Dialog
          title={words.closeTitle}
          onClose={shut}
          foot={
            <>
              <Button onClick={shut}>{all.ui.cancel}</Button>
              <Button
                look="danger"
                icon={Unplug}
                onClick={() => {
                  shut();
                  void closeConsole(page, session.port);
                }}
              >
                {words.close}
              </Button>
            </>
          }
        >
          <p>{words.closeSays}</p>
        </Dialog>
      )}
    </>
  );
}

/** Before the first open: what opening does, and the speed. */
function NotOpen({ port }: { readonly port: string }) {
  const page = usePage();
  const words = useWords().consoles;
  const session = useStore(page.consoles, state => sessionOf(state, port));
  const opening = useBusy(joinKey(port));
  return (
    <>
      <TaskLine task={joinKey(port)} label={words.opening} again={() => void joinConsole(page, port)} />
      {!opening && hasSpeed(port) && (
        <LineForm port={port} onUse={settings => void joinConsole(page, port, settings)} />
      )}
      {!opening && !hasSpeed(port) && (
        <div className="row">
          <Button look="primary" icon={Plug} onClick={() => void joinConsole(page, port)}>
            {session?.closed === undefined ? words.open : words.openAgain}
          </Button>
        </div>
      )}
    </>
  );
}

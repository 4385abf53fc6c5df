import { Keyboard, SquareTerminal, X } from 'lucide-react';
import { useState } from 'react';
import { useStore } from 'zustand';
import type { NodeId } from '../../../preload/contract/ids.ts';
import { Ago } from '../../ui/parts.tsx';
import { Badge, Banner } from '../../ui/Verdict.tsx';
import { Button, IconButton } from '../../ui/Button.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useTask } from '../app/use-task.ts';
import { act, actKey } from './actions.ts';
import { Deeds } from './Deeds.tsx';
import { stateTones } from './looks.ts';
import { sessionOf } from './store.ts';
import type { Session } from './store.ts';

/** What stands on a console now, in a sentence, with what can be done about it. Nothing before it was opened. */
export function StateBanner({
  port,
  node,
  calm = false,
}: {
  readonly port: string;
  readonly node?: NodeId | undefined;
  /** Something else on the screen is the likeliest next thing. */
  readonly calm?: boolean;
}) {
  const page = usePage();
  const words = useWords().consoles;
  const session = useStore(page.consoles, state => sessionOf(state, port));
  const task = useTask(actKey(port));
  if (!session?.state) return null;
  const open = session.console !== undefined;
  const refused = task?.is === 'failed' && task.failure.code === 'login-refused';
  return (
    <section className="console-state" aria-label={words.state}>
      {open ? <Standing session={session} /> : <Closed session={session} />}
      {open && (
        <>
          {session.drivenBy !== undefined && (
            <p className="driven" role="status">
              <Keyboard size={18} aria-hidden /> {words.driven(session.drivenBy)}
            </p>
          )}
          <Deeds session={session} node={node} calm={calm} />
        </>
      )}
      <TaskLine
        task={actKey(port)}
        label={words.acting}
        node={node}
        {...(refused && { again: () => void act(page, port, { deed: 'log-in', node }) })}
      />
      <Notes session={session} />
    </section>
  );
}

/** The same in one line, for a screen that is about something else. */
export function StateStrip({ port, onShow }: { readonly port: string; readonly onShow: () => void }) {
  const page = usePage();
  const words = useWords().consoles;
  const session = useStore(page.consoles, state => sessionOf(state, port));
  if (!session?.state) return null;
  const { state, drivenBy } = session;
  const open = session.console !== undefined;
  return (
    <section className="console-strip" aria-label={words.state}>
      <div aria-live="polite" aria-atomic className="row tight">
        <Badge tone={open ? stateTones[state.is] : 'quiet'}>
          {open ? words.states[state.is] : words.closed}
        </Badge>
        {open && (
          <span className="break">{drivenBy === undefined ? state.says : words.driven(drivenBy)}</span>
        )}
      </div>
      <Button look="quiet" icon={SquareTerminal} onClick={onShow}>
        {words.show}
      </Button>
    </section>
  );
}

function Standing({ session }: { readonly session: Session }) {
  const words = useWords().consoles;
  const { state } = session;
  if (!state) return null;
  const facts = [
    state.hostname !== undefined && words.host(state.hostname),
    state.root !== undefined && (state.root ? words.root : words.notRoot),
  ].filter(fact => fact !== false);
  return (
    <Banner tone={stateTones[state.is]} title={words.states[state.is]}>
      <div aria-live="polite" aria-atomic>
        <p>
          <span className="unseen">{words.states[state.is]}. </span>
          {state.says}
        </p>
      </div>
      <p className="hint">
        {facts.map(fact => `${fact} · `)}
        {words.since} <Ago at={state.since} />
        {state.saw !== '' && (
          <>
            {' · '}
            {words.saw}: <code className="code">{lastLine(state.saw)}</code>
          </>
        )}
      </p>
    </Banner>
  );
}

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1)?.trim() ?? '';

function Closed({ session }: { readonly session: Session }) {
  const words = useWords().consoles;
  return (
    <div role="status">
      <Banner tone="quiet" title={words.closed}>
        {session.closed !== undefined && session.closed !== '' && <p>{session.closed}</p>}
      </Banner>
    </div>
  );
}

/** The newest thing the host noticed, until it is put away. */
function Notes({ session }: { readonly session: Session }) {
  const all = useWords();
  const [seen, setSeen] = useState<string>();
  const note = session.notes.at(-1);
  return (
    <div role="status">
      {note && note.at !== seen && (
        <p className="note">
          <span className="break">
            {all.consoles.notes}: {note.says}
          </span>
          <IconButton name={all.ui.close} icon={X} onClick={() => setSeen(note.at)} />
        </p>
      )}
    </div>
  );
}

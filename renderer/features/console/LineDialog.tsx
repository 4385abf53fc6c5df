import { useId, useState } from 'react';
import { usualLine } from '../../../preload/contract/serial.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { setKey, setLine } from './actions.ts';
import { LineFields } from './LineFields.tsx';
import { lineDraftOf, lineOf } from './line.ts';
import type { Session } from './store.ts';

/** Changes the line of an open console. */
export function LineDialog({
  session,
  onClose,
}: {
  readonly session: Session;
  readonly onClose: () => void;
}) {
  const page = usePage();
  const all = useWords();
  const words = all.consoles.line;
  const [draft, setDraft] = useState(() => lineDraftOf(session.settings ?? usualLine));
  const busy = useBusy(setKey(session.port));
  const form = useId();
  const line = lineOf(draft);
  const fixed = session.can?.speed === false;
  return (
    <Dialog
      title={words.title}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{all.ui.cancel}</Button>
          <Button look="primary" type="submit" form={form} busy={busy} disabled={!line || fixed}>
            {words.use}
          </Button>
        </>
      }
    >
      <p>{fixed ? words.noSpeed : words.says}</p>
      <form
        id={form}
        onSubmit={event => {
          event.preventDefault();
          if (line && !fixed)
            void setLine(page, session.port, line).then(done => (done ? onClose() : undefined));
        }}
      >
        {!fixed && <LineFields draft={draft} onDraft={setDraft} />}
      </form>
      <TaskLine task={setKey(session.port)} label={words.setting} />
    </Dialog>
  );
}

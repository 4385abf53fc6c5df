import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { CatalogueEntry } from '../../../preload/contract/snapshots/proof.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { TextField } from '../../ui/Field.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { removeCopy, removeKey } from './actions.ts';

/** Takes a copy off the laptop. While no other proven one is known its name is typed, and the file is only moved aside. */
export function RemoveCopy({
  entry,
  onClose,
}: {
  readonly entry: CatalogueEntry;
  readonly onClose: () => void;
}) {
  const page = usePage();
  const all = useWords();
  const words = all.snapshots.removal;
  const [typed, setTyped] = useState('');
  const { snapshot, mayRemove } = entry;
  const busy = useBusy(removeKey(snapshot.id));
  const allowed = mayRemove || typed.trim() === snapshot.name;
  const remove = async (): Promise<void> => {
    if (allowed && (await removeCopy(page, snapshot.id, typed.trim()))) onClose();
  };
  return (
    <Dialog
      title={words.title}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{all.ui.cancel}</Button>
          <Button look="danger" icon={Trash2} busy={busy} disabled={!allowed} onClick={() => void remove()}>
            {mayRemove ? words.remove : words.moveAside}
          </Button>
        </>
      }
    >
      <p className="break">{snapshot.name}</p>
      <Banner tone={mayRemove ? 'quiet' : 'warn'} title={mayRemove ? words.another : words.last}>
        <p>{entry.says}</p>
      </Banner>
      {!mayRemove && (
        <>
          <p>{words.aside}</p>
          <TextField label={words.type} value={typed} onValue={setTyped} />
        </>
      )}
      <TaskLine task={removeKey(snapshot.id)} label={words.removing} />
    </Dialog>
  );
}

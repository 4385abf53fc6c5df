import { CornerLeftUp, File, Folder as FolderIcon } from 'lucide-react';
import { useCallback, useEffect, useReducer, useRef } from 'react';
import { failureOf } from '../../../preload/contract/failure.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { TextField } from '../../ui/Field.tsx';
import { size } from '../../ui/format.ts';
import { useWords } from '../../words/context.ts';
import { usePage } from './page.ts';
import { foldPicking, startPicking } from './picking.ts';

interface PickerAction {
  readonly label: string;
  readonly act: (path: string) => void;
}

/** Chooses a folder of this laptop, or with `files` a file, by walking there or by typing its path. The last action is the main one. */
export function FolderPicker({
  title,
  says,
  start,
  actions,
  onClose,
  files = false,
}: {
  readonly title: string;
  readonly says: string;
  readonly start?: string | undefined;
  readonly actions: readonly PickerAction[];
  readonly onClose: () => void;
  readonly files?: boolean;
}) {
  const page = usePage();
  const all = useWords();
  const words = all.ui.folder;
  const [{ typed, folder, failure }, tell] = useReducer(foldPicking, start, startPicking);
  const questions = useRef(0);
  const walk = useCallback(
    async (path: string | undefined): Promise<void> => {
      const nth = ++questions.current;
      tell({ is: 'asked', nth });
      try {
        const found = await page.host.call('folder.list', path === undefined ? {} : { path });
        tell({ is: 'came', nth, folder: found });
      } catch (thrown) {
        tell({ is: 'failed', nth, failure: failureOf(thrown) });
      }
    },
    [page],
  );
  useEffect(() => void walk(start), [walk, start]);
  return (
    <Dialog
      wide
      title={title}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{all.ui.cancel}</Button>
          {actions.map(({ label, act }, i) => (
            <Button
              key={label}
              look={i === actions.length - 1 ? 'primary' : 'plain'}
              disabled={typed.trim() === ''}
              onClick={() => {
                act(typed);
                onClose();
              }}
            >
              {label}
            </Button>
          ))}
        </>
      }
    >
      <p>{says}</p>
      <form
        className="row end"
        onSubmit={event => {
          event.preventDefault();
          void walk(typed);
        }}
      >
        <TextField label={words.path} value={typed} onValue={text => tell({ is: 'typed', text })} />
        <Button type="submit">{words.open}</Button>
        <Button
          icon={CornerLeftUp}
          disabled={folder?.parent === undefined}
          onClick={() => void walk(folder?.parent)}
        >
          {words.up}
        </Button>
      </form>
      {failure && <FailurePanel failure={failure} />}
      {folder && (
        <ul className="folder" aria-label={words.list}>
          {folder.entries.map(entry => (
            <li key={entry.path}>
              {entry.folder || files ? (
                <button
                  type="button"
                  className="folder-entry"
                  onClick={() =>
                    entry.folder ? void walk(entry.path) : tell({ is: 'typed', text: entry.path })
                  }
                >
                  {entry.folder ? <FolderIcon size={18} aria-hidden /> : <File size={18} aria-hidden />}
                  <span className="break">{entry.name}</span>
                </button>
              ) : (
                <span className="folder-entry file">
                  <File size={18} aria-hidden />
                  <span className="break">{entry.name}</span>
                  <span className="hint">{size(entry.bytes)}</span>
                </span>
              )}
            </li>
          ))}
          {folder.entries.length === 0 && <li className="hint">{words.empty}</li>}
        </ul>
      )}
    </Dialog>
  );
}

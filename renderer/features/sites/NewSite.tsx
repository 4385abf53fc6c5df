import { useId, useState } from 'react';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { TextField } from '../../ui/Field.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { createSite } from './actions.ts';

export function NewSite({ onClose }: { readonly onClose: () => void }) {
  const page = usePage();
  const all = useWords();
  const words = all.sites;
  const [name, setName] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const form = useId();
  const create = (): void => {
    if (name.trim() === '') return;
    setBusy(true);
    createSite(page, name.trim()).then(onClose, (thrown: unknown) => {
      setBusy(false);
      setFailure(failureOf(thrown));
    });
  };
  return (
    <Dialog
      title={words.newSite}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{all.ui.cancel}</Button>
          <Button look="primary" type="submit" form={form} busy={busy} disabled={name.trim() === ''}>
            {words.create}
          </Button>
        </>
      }
    >
      <form
        id={form}
        onSubmit={event => {
          event.preventDefault();
          create();
        }}
      >
        <p>{words.newSiteSays}</p>
        <TextField
          label={words.siteName}
          hint={words.siteNameHint}
          value={name}
          onValue={setName}
          maxLength={200}
        />
      </form>
      {failure && <FailurePanel failure={failure} />}
    </Dialog>
  );
}

import { useId, useState } from 'react';
import { useStore } from 'zustand';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { CheckBox, TextField } from '../../ui/Field.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';

/** Letters a new passphrase needs at least; the page asks for more than the vault insists on. */
export const fewest = 10;

/** Creates the vault or unlocks it, whichever it needs. */
export function VaultDialog({
  onDone,
  onClose,
}: {
  readonly onDone: () => void;
  readonly onClose: () => void;
}) {
  const page = usePage();
  const all = useWords();
  const words = all.settings;
  const isNew = useStore(page.app, state => state.about.value?.vault === 'new');
  const [passphrase, setPassphrase] = useState('');
  const [again, setAgain] = useState('');
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const form = useId();
  const ready = isNew ? passphrase.length >= fewest && passphrase === again : passphrase !== '';
  const submit = async (): Promise<void> => {
    if (!ready || busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      const value = await page.host.call(isNew ? 'vault.create' : 'vault.unlock', { passphrase });
      page.app.setState({ about: { value, loading: false } });
      onDone();
    } catch (thrown) {
      setFailure(failureOf(thrown));
      setBusy(false);
    }
  };
  const type = shown ? 'text' : 'password';
  return (
    <Dialog
      title={isNew ? words.createTitle : words.unlockTitle}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{all.ui.cancel}</Button>
          <Button look="primary" type="submit" form={form} busy={busy} disabled={!ready}>
            {isNew ? words.createGo : words.unlockGo}
          </Button>
        </>
      }
    >
      <form
        id={form}
        className="form"
        onSubmit={event => {
          event.preventDefault();
          void submit();
        }}
      >
        <p>{isNew ? words.createSays : words.unlockSays}</p>
        {isNew && <Banner tone="warn" title={words.createWarn} />}
        <TextField
          label={words.passphrase}
          type={type}
          value={passphrase}
          {...(isNew && { hint: words.short })}
          onValue={setPassphrase}
        />
        {isNew && (
          <TextField
            label={words.again}
            type={type}
            value={again}
            wrong={
              again !== '' && again.length >= passphrase.length && again !== passphrase
                ? words.differs
                : undefined
            }
            onValue={setAgain}
          />
        )}
        <CheckBox label={words.show} checked={shown} onValue={setShown} />
      </form>
      {failure && <FailurePanel failure={failure} />}
    </Dialog>
  );
}

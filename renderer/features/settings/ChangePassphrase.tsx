import { useId, useState } from 'react';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { CheckBox, TextField } from '../../ui/Field.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { fewest } from './VaultDialog.tsx';

/** Gives the vault another passphrase. */
export function ChangePassphrase({
  onDone,
  onClose,
}: {
  readonly onDone: () => void;
  readonly onClose: () => void;
}) {
  const page = usePage();
  const all = useWords();
  const words = all.settings;
  const [old, setOld] = useState('');
  const [fresh, setFresh] = useState('');
  const [again, setAgain] = useState('');
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const form = useId();
  const ready = old !== '' && fresh.length >= fewest && fresh === again;
  const submit = async (): Promise<void> => {
    if (!ready || busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      const value = await page.host.call('vault.change', { old, fresh });
      page.app.setState({ about: { value, loading: false } });
      onDone();
    } catch (thrown) {
      setFailure(failureOf(thrown));
      setBusy(false);
    }
  };
  const type = shown ? 'text' : 'password';
  const differs = again !== '' && again.length >= fresh.length && again !== fresh;
  return (
    <Dialog
      title={words.changeTitle}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{all.ui.cancel}</Button>
          <Button look="primary" type="submit" form={form} busy={busy} disabled={!ready}>
            {words.changeGo}
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
        <p>{words.changeSays}</p>
        <Banner tone="warn" title={words.createWarn} />
        <TextField label={words.oldPassphrase} type={type} value={old} onValue={setOld} />
        <TextField
          label={words.newPassphrase}
          type={type}
          value={fresh}
          hint={words.short}
          onValue={setFresh}
        />
        <TextField
          label={words.again}
          type={type}
          value={again}
          wrong={differs ? words.differs : undefined}
          onValue={setAgain}
        />
        <CheckBox label={words.show} checked={shown} onValue={setShown} />
      </form>
      {failure && <FailurePanel failure={failure} />}
    </Dialog>
  );
}

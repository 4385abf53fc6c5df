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
import type { Obstacle } from '../app/obstacle.ts';
import { usePage } from '../app/page.ts';

/** Asks for a password, a passphrase or a sudo password. It goes to the host and is forgotten here at once. */
export function SecretDialog({
  obstacle,
  done,
}: {
  readonly obstacle: Extract<Obstacle, { is: 'secret' }>;
  readonly done: (cleared: boolean) => void;
}) {
  const page = usePage();
  const all = useWords();
  const words = all.sites.secret;
  const name = useStore(
    page.sites,
    ({ nodes }) => nodes.value?.find(node => node.id === obstacle.node)?.name ?? '',
  );
  const vaultOpen = useStore(page.app, ({ about }) => about.value?.vault === 'open');
  const [secret, setSecret] = useState('');
  const [keep, setKeep] = useState(false);
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const form = useId();
  const give = async (): Promise<void> => {
    if (secret === '' || busy) return;
    setBusy(true);
    const { node, kind } = obstacle;
    try {
      await page.host.call('node.secret', { node, kind, secret, keep: keep && vaultOpen });
    } catch (thrown) {
      setBusy(false);
      setFailure(failureOf(thrown));
      return;
    }
    done(true);
  };
  return (
    <Dialog
      title={words.titles[obstacle.kind](name)}
      onClose={() => done(false)}
      foot={
        <>
          <Button onClick={() => done(false)}>{all.ui.cancel}</Button>
          <Button look="primary" type="submit" form={form} busy={busy} disabled={secret === ''}>
            {words.go}
          </Button>
        </>
      }
    >
      <form
        id={form}
        className="form"
        onSubmit={event => {
          event.preventDefault();
          void give();
        }}
      >
        <p>{words.says[obstacle.kind]}</p>
        {obstacle.refused && <Banner tone="warn" title={words.refused} />}
        <TextField
          label={words.labels[obstacle.kind]}
          type={shown ? 'text' : 'password'}
          value={secret}
          onValue={setSecret}
        />
        <CheckBox label={words.show} checked={shown} onValue={setShown} />
        <CheckBox
          label={words.keep}
          hint={vaultOpen ? words.keepHint : words.keepLocked}
          checked={keep && vaultOpen}
          disabled={!vaultOpen}
          onValue={setKeep}
        />
      </form>
      {failure && <FailurePanel failure={failure} />}
    </Dialog>
  );
}

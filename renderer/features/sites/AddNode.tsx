import { useId, useState } from 'react';
import type { Login } from '../../../preload/contract/domain.ts';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import type { SiteId } from '../../../preload/contract/ids.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { Select, TextField } from '../../ui/Field.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { addNode } from './actions.ts';

const logins = ['auto', 'agent', 'key', 'password'] as const;

const loginOf = (is: Login['is'], path: string): Login => (is === 'key' ? { is, path } : { is });

/** The form that adds a node. Adding it also looks at it, which changes nothing there. */
export function AddNode({
  site,
  initial,
  onClose,
}: {
  readonly site: SiteId;
  /** What is known of the machine already. */
  readonly initial?: { readonly name: string; readonly address: string; readonly port: number };
  readonly onClose: () => void;
}) {
  const page = usePage();
  const all = useWords();
  const words = all.sites.add;
  const [name, setName] = useState(initial?.name ?? '');
  const [address, setAddress] = useState(initial?.address ?? '');
  const [port, setPort] = useState(String(initial?.port ?? 22));
  const [user, setUser] = useState('');
  const [login, setLogin] = useState<Login['is']>('auto');
  const [path, setPath] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const form = useId();
  const portFits = /^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65_535;
  const ready =
    [name, address, user].every(value => value.trim() !== '') &&
    portFits &&
    (login !== 'key' || path.trim() !== '');
  const add = (): void => {
    if (!ready) return;
    setBusy(true);
    const args = { site, name: name.trim(), address: address.trim(), port: Number(port), user: user.trim() };
    addNode(page, { ...args, login: loginOf(login, path.trim()) }).then(onClose, (thrown: unknown) => {
      setBusy(false);
      setFailure(failureOf(thrown));
    });
  };
  return (
    <Dialog
      title={words.title}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{all.ui.cancel}</Button>
          <Button look="primary" type="submit" form={form} busy={busy} disabled={!ready}>
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
          add();
        }}
      >
        <TextField label={words.name} hint={words.nameHint} value={name} onValue={setName} />
        <div className="split">
          <TextField label={words.address} hint={words.addressHint} value={address} onValue={setAddress} />
          <TextField
            label={words.port}
            value={port}
            inputMode="numeric"
            wrong={portFits ? undefined : words.portWrong}
            onValue={setPort}
          />
        </div>
        <TextField label={words.user} value={user} onValue={setUser} />
        <Select
          label={words.login}
          value={login}
          options={logins.map(value => ({ value, label: words.logins[value] }))}
          onValue={setLogin}
        />
        {login === 'key' && <TextField label={words.keyPath} value={path} onValue={setPath} />}
      </form>
      {failure && <FailurePanel failure={failure} />}
    </Dialog>
  );
}

import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import type { SnapshotFile } from '../../../preload/contract/snapshots/file.ts';
import { Button } from '../../ui/Button.tsx';
import { TextField } from '../../ui/Field.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { useBusy } from '../app/use-task.ts';
import { proveKey, proveSnapshot } from './actions.ts';

/** Where no token of the vault opens a snapshot: one typed by hand, for this proof only. It is kept nowhere. */
export function TokenForm({ of, sha256 = '' }: { readonly of: SnapshotFile; readonly sha256?: string }) {
  const page = usePage();
  const words = useWords().snapshots.proof.token;
  const [token, setToken] = useState('');
  const busy = useBusy(proveKey(of));
  const prove = (): void => {
    if (token.trim() === '' || busy) return;
    void proveSnapshot(page, of, { token: token.trim(), ...(sha256 === '' ? {} : { sha256 }) });
    setToken('');
  };
  return (
    <form
      className="proof-token"
      onSubmit={event => {
        event.preventDefault();
        prove();
      }}
    >
      <TextField label={words.label} hint={words.hint} type="password" value={token} onValue={setToken} />
      <Button type="submit" icon={KeyRound} busy={busy} disabled={token.trim() === ''}>
        {words.prove}
      </Button>
    </form>
  );
}

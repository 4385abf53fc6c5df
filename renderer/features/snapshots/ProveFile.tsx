import { ShieldQuestionMark } from 'lucide-react';
import { useState } from 'react';
import { useStore } from 'zustand';
import { Button } from '../../ui/Button.tsx';
import { TextField } from '../../ui/Field.tsx';
import { Card } from '../../ui/parts.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { proveKey, proveSnapshot } from './actions.ts';
import { ProofCard } from './ProofCard.tsx';
import { needsToken } from './store.ts';
import { TokenForm } from './TokenForm.tsx';

/** A snapshot from elsewhere: a stick, a download, an old disk. */
export function ProveFile() {
  const page = usePage();
  const words = useWords().snapshots.file;
  const [path, setPath] = useState('');
  const [sha256, setSha256] = useState('');
  const proof = useStore(page.snapshots, state => state.fileProof);
  const of = { is: 'file', path: path.trim() } as const;
  const busy = useBusy(proveKey(of));
  const wrong = sha256.trim() !== '' && !/^[0-9a-f]{64}$/i.test(sha256.trim());
  const prove = (): void => {
    if (of.path === '' || wrong || busy) return;
    void proveSnapshot(page, of, sha256.trim() === '' ? {} : { sha256: sha256.trim() });
  };
  return (
    <Card title={words.title} says={words.says}>
      <form
        className="prove-file"
        onSubmit={event => {
          event.preventDefault();
          prove();
        }}
      >
        <TextField label={words.path} hint={words.pathHint} value={path} onValue={setPath} />
        <TextField
          label={words.sha256}
          hint={words.sha256Hint}
          value={sha256}
          onValue={setSha256}
          wrong={wrong ? words.sha256Wrong : undefined}
        />
        <Button type="submit" icon={ShieldQuestionMark} busy={busy} disabled={of.path === '' || wrong}>
          {words.prove}
        </Button>
      </form>
      <TaskLine task={proveKey(of)} label={words.proving} again={prove} />
      {proof && proof.path === of.path && (
        <ProofCard proof={proof}>
          {needsToken(proof) && <TokenForm of={of} sha256={wrong ? '' : sha256.trim()} />}
        </ProofCard>
      )}
    </Card>
  );
}

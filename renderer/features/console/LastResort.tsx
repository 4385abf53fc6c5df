import { Zap } from 'lucide-react';
import { useId, useState } from 'react';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Select, TextField } from '../../ui/Field.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { act } from './actions.ts';

/** BREAK and SysRq reach past everything that runs: only after their name was typed. */
export function LastResort({
  port,
  deed,
  onClose,
}: {
  readonly port: string;
  readonly deed: 'break' | 'sysrq';
  readonly onClose: () => void;
}) {
  const page = usePage();
  const all = useWords();
  const common = all.consoles.confirm;
  const words = common[deed];
  const [typed, setTyped] = useState('');
  const [letter, setLetter] = useState('h');
  const form = useId();
  const ready = typed.trim() === words.word;
  const send = (): void => {
    if (!ready) return;
    void act(page, port, { deed, typed: words.word, ...(deed === 'sysrq' && { sysrq: letter }) });
    onClose();
  };
  return (
    <Dialog
      title={words.title}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{all.ui.cancel}</Button>
          <Button look="danger" icon={Zap} type="submit" form={form} disabled={!ready}>
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
          send();
        }}
      >
        <p>{words.says}</p>
        <Banner tone="warn" title={words.warn} />
        {deed === 'sysrq' && (
          <Select label={common.letter} value={letter} options={all.consoles.sysrqs} onValue={setLetter} />
        )}
        <TextField label={words.type} value={typed} onValue={setTyped} autoCapitalize="characters" />
      </form>
    </Dialog>
  );
}

import { useState } from 'react';
import type { Bundle } from '../../../preload/contract/domain.ts';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { TextField } from '../../ui/Field.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { consent } from './actions.ts';

/** Asks for a typed word before a bundle of unknown origin may be used. */
export function Consent({ bundle }: { readonly bundle: Bundle }) {
  const page = usePage();
  const words = useWords().bundles.consent;
  const [typed, setTyped] = useState('');
  const [failure, setFailure] = useState<Failure>();
  const same = typed.trim() === bundle.k3sVersion;
  return (
    <form
      className="form"
      onSubmit={event => {
        event.preventDefault();
        if (same)
          consent(page, bundle.id, typed.trim()).catch((thrown: unknown) => setFailure(failureOf(thrown)));
      }}
    >
      <Banner tone="warn" title={words.title}>
        <p>{words.says}</p>
      </Banner>
      <p>{words.ask(bundle.k3sVersion)}</p>
      <div className="row end">
        <TextField
          label={words.label}
          value={typed}
          wrong={typed.length >= bundle.k3sVersion.length && !same ? words.differs : undefined}
          onValue={setTyped}
        />
        <Button type="submit" look="danger" disabled={!same}>
          {words.go}
        </Button>
      </div>
      <p className="hint">{words.audit}</p>
      {failure && <FailurePanel failure={failure} />}
    </form>
  );
}

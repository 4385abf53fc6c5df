import { KeyRound, Lock, LockOpen } from 'lucide-react';
import { useState } from 'react';
import type { About } from '../../../preload/contract/domain.ts';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { CheckBox } from '../../ui/Field.tsx';
import { Card } from '../../ui/parts.tsx';
import { Badge } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { ChangePassphrase } from './ChangePassphrase.tsx';
import { VaultDialog } from './VaultDialog.tsx';

/** How the vault stands, and what can be done about it. */
export function VaultCard({ about }: { readonly about: About }) {
  const page = usePage();
  const words = useWords().settings;
  const [asking, setAsking] = useState<'open' | 'change'>();
  const [changed, setChanged] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const ask = (name: 'vault.lock' | 'vault.remember' | 'vault.forget'): void => {
    setFailure(undefined);
    page.host.call(name, {}).then(
      value => page.app.setState({ about: { value, loading: false } }),
      (thrown: unknown) => setFailure(failureOf(thrown)),
    );
  };
  const done = (): void => setAsking(undefined);
  const isOpen = about.vault === 'open';
  const own = isOpen && !about.practice;
  return (
    <Card
      title={words.vault}
      says={words.vaultSays}
      actions={
        isOpen ? (
          own && (
            <>
              <Button icon={KeyRound} onClick={() => setAsking('change')}>
                {words.change}
              </Button>
              <Button icon={Lock} onClick={() => ask('vault.lock')}>
                {words.lock}
              </Button>
            </>
          )
        ) : (
          <Button look="primary" icon={LockOpen} onClick={() => setAsking('open')}>
            {about.vault === 'new' ? words.create : words.unlock}
          </Button>
        )
      }
    >
      <Badge
        tone={isOpen ? 'good' : about.vault === 'locked' ? 'quiet' : 'warn'}
        icon={isOpen ? LockOpen : Lock}
      >
        {words.vaultStates[about.vault]}
      </Badge>
      <span className="hint" role="status">
        {changed ? words.changed : ''}
      </span>
      {own && about.canRemember && (
        <CheckBox
          label={words.remember}
          checked={about.remembered}
          onValue={wanted => ask(wanted ? 'vault.remember' : 'vault.forget')}
        />
      )}
      {own && !about.canRemember && <p className="hint">{words.cannotRemember}</p>}
      {failure && <FailurePanel failure={failure} />}
      {asking === 'open' && <VaultDialog onDone={done} onClose={done} />}
      {asking === 'change' && (
        <ChangePassphrase
          onDone={() => {
            setChanged(true);
            done();
          }}
          onClose={done}
        />
      )}
    </Card>
  );
}

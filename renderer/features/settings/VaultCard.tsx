import { Lock, LockOpen } from 'lucide-react';
import { useState } from 'react';
import type { About } from '../../../preload/contract/domain.ts';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { Card } from '../../ui/parts.tsx';
import { Badge } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { VaultDialog } from './VaultDialog.tsx';

/** How the vault stands, and what can be done about it. */
export function VaultCard({ about }: { readonly about: About }) {
  const page = usePage();
  const words = useWords().settings;
  const [asking, setAsking] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const lock = (): void => {
    page.host.call('vault.lock', {}).then(
      value => page.app.setState({ about: { value, loading: false } }),
      (thrown: unknown) => setFailure(failureOf(thrown)),
    );
  };
  return (
    <Card
      title={words.vault}
      says={words.vaultSays}
      actions={
        about.vault === 'open' ? (
          !about.practice && (
            <Button icon={Lock} onClick={lock}>
              {words.lock}
            </Button>
          )
        ) : (
          <Button look="primary" icon={LockOpen} onClick={() => setAsking(true)}>
            {about.vault === 'new' ? words.create : words.unlock}
          </Button>
        )
      }
    >
      <Badge
        tone={about.vault === 'open' ? 'good' : about.vault === 'locked' ? 'quiet' : 'warn'}
        icon={about.vault === 'open' ? LockOpen : Lock}
      >
        {words.vaultStates[about.vault]}
      </Badge>
      {failure && <FailurePanel failure={failure} />}
      {asking && <VaultDialog onDone={() => setAsking(false)} onClose={() => setAsking(false)} />}
    </Card>
  );
}

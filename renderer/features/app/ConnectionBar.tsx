import { PlugZap } from 'lucide-react';
import { useStore } from 'zustand';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from './page.ts';

/** Says when the page and its host have lost each other; nothing while all is well. */
export function ConnectionBar() {
  const page = usePage();
  const words = useWords().app.connection;
  const standing = useStore(page.app, state => state.standing);
  const again = (
    <Button look="primary" onClick={() => page.host.again()}>
      {words.again}
    </Button>
  );
  return (
    <div role="status" aria-label={words.label}>
      {standing.is === 'lost' && (
        <div className="connection-bar">
          <PlugZap size={22} aria-hidden />
          <p>
            <strong>{words.lost}.</strong> {words.lostSays}
          </p>
          {again}
        </div>
      )}
      {standing.is === 'refused' && (
        <main className="connection-refused">
          <h1>{words.refused}</h1>
          <FailurePanel failure={standing.failure}>{again}</FailurePanel>
        </main>
      )}
    </div>
  );
}

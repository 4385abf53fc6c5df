import { useState } from 'react';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { CopyButton } from '../../ui/parts.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import type { Obstacle } from '../app/obstacle.ts';
import { usePage } from '../app/page.ts';
import { trustHostKey } from './actions.ts';

/** An unknown host key: the fingerprint, and where to find the one to compare it with. */
export function HostKeyDialog({
  obstacle,
  done,
}: {
  readonly obstacle: Extract<Obstacle, { is: 'host-key' }>;
  readonly done: (cleared: boolean) => void;
}) {
  const page = usePage();
  const words = useWords().sites.hostKey;
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const trust = async (): Promise<void> => {
    setBusy(true);
    try {
      await trustHostKey(page, obstacle.node, obstacle.fingerprint);
    } catch (thrown) {
      setBusy(false);
      setFailure(failureOf(thrown));
      return;
    }
    done(true);
  };
  return (
    <Dialog
      wide
      title={words.title}
      onClose={() => done(false)}
      foot={
        <>
          <Button onClick={() => done(false)}>{words.leave}</Button>
          <Button look="primary" busy={busy} onClick={() => void trust()}>
            {words.same}
          </Button>
        </>
      }
    >
      <p>{words.says(obstacle.host)}</p>
      <figure className="fingerprint">
        <figcaption className="hint">
          {words.fingerprint}
          {obstacle.keyType !== '' && ` · ${words.type(obstacle.keyType)}`}
        </figcaption>
        <output>{obstacle.fingerprint}</output>
      </figure>
      <h3>{words.how}</h3>
      <ul>
        {words.ways.map(way => (
          <li key={way}>{way}</li>
        ))}
      </ul>
      <div className="command">
        <pre>{words.command}</pre>
        <CopyButton text={words.command} />
      </div>
      <Banner tone="warn" title={words.differs} />
      {failure && <FailurePanel failure={failure} />}
    </Dialog>
  );
}

import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { Site } from '../../../preload/contract/domain.ts';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import type { Machine } from '../../../preload/contract/scan.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { forget, joinSite } from './actions.ts';

interface Doing {
  readonly busy: boolean;
  readonly failure: Failure | undefined;
  readonly begin: () => void;
}

/** Does a thing once and closes; what went wrong stays in the dialog. */
function useDoing(work: () => Promise<void>, onClose: () => void): Doing {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const begin = (): void => {
    setBusy(true);
    work().then(onClose, (thrown: unknown) => {
      setBusy(false);
      setFailure(failureOf(thrown));
    });
  };
  return { busy, failure, begin };
}

/** The technician says whose cluster this is. Nobody else can, so it is asked with the mark in sight. */
export function JoinSite({
  machine,
  site,
  onClose,
}: {
  readonly machine: Machine;
  readonly site: Site;
  readonly onClose: () => void;
}) {
  const page = usePage();
  const all = useWords();
  const words = all.map.joining;
  const { busy, failure, begin } = useDoing(() => joinSite(page, machine.id, site), onClose);
  const hash = machine.cluster.is === 'unknown' ? machine.cluster.caHash : undefined;
  return (
    <Dialog
      title={words.title(machine.name, site.name)}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{all.ui.cancel}</Button>
          <Button look="primary" busy={busy} onClick={begin}>
            {words.go(site.name)}
          </Button>
        </>
      }
    >
      <p>{words.says(site.name)}</p>
      {hash !== undefined && (
        <figure className="fingerprint">
          <figcaption className="hint">{words.mark}</figcaption>
          <output>{hash}</output>
        </figure>
      )}
      <p className="hint">{words.audited}</p>
      {failure && <FailurePanel failure={failure} />}
    </Dialog>
  );
}

export function ForgetMachine({
  machine,
  onClose,
}: {
  readonly machine: Machine;
  readonly onClose: () => void;
}) {
  const page = usePage();
  const all = useWords();
  const words = all.map.forgetting;
  const { busy, failure, begin } = useDoing(() => forget(page, machine.id), onClose);
  return (
    <Dialog
      title={words.title(machine.name)}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{all.ui.cancel}</Button>
          <Button look="danger" icon={Trash2} busy={busy} onClick={begin}>
            {words.go}
          </Button>
        </>
      }
    >
      <p>{words.says}</p>
      {failure && <FailurePanel failure={failure} />}
    </Dialog>
  );
}

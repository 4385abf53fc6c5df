import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { Bundle } from '../../../preload/contract/domain.ts';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { removeBundle } from './actions.ts';

export function BundleRemoval({
  bundle,
  onClose,
}: {
  readonly bundle: Bundle;
  readonly onClose: () => void;
}) {
  const page = usePage();
  const all = useWords();
  const words = all.bundles.removal;
  const [failure, setFailure] = useState<Failure>();
  return (
    <Dialog
      title={words.title(bundle.k3sVersion)}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{all.ui.cancel}</Button>
          <Button
            look="danger"
            icon={Trash2}
            onClick={() =>
              void removeBundle(page, bundle.id).then(onClose, (thrown: unknown) =>
                setFailure(failureOf(thrown)),
              )
            }
          >
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

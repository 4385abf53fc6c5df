import { ChevronDown, ChevronUp, Package, PackagePlus, RefreshCw, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useStore } from 'zustand';
import type { Bundle } from '../../../preload/contract/domain.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { size } from '../../ui/format.ts';
import { Ago, Card, Empty, Head } from '../../ui/parts.tsx';
import { Badge } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { FolderPicker } from '../app/FolderPicker.tsx';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { chooseBundle } from '../install/actions.ts';
import { BundleRemoval } from './BundleRemoval.tsx';
import { checkFolder, importBundle, importKey, verifyAgain, verifyKey } from './actions.ts';
import { CompleteBadge, OriginBadge } from './BundleBadges.tsx';
import { BundleFiles } from './BundleFiles.tsx';
import { Consent } from './Consent.tsx';
import { isUsable } from './store.ts';

/** The bundles this laptop holds, and the way to get one in. */
export function BundlesView() {
  const page = usePage();
  const words = useWords().bundles;
  const bundles = useStore(page.bundles, state => state.bundles);
  const checked = useStore(page.bundles, state => state.checked);
  const station = useStore(page.app, state => state.station);
  const [picking, setPicking] = useState(false);
  const busy = useBusy(importKey);
  return (
    <>
      <Head title={words.title} says={words.says}>
        <Button look="primary" icon={PackagePlus} busy={busy} onClick={() => setPicking(true)}>
          {words.import}
        </Button>
      </Head>
      <TaskLine task={importKey} label={words.importing} />
      {bundles.failure && <FailurePanel failure={bundles.failure} />}
      {checked && (
        <Card title={checked.k3sVersion} says={words.checkedTitle}>
          <BundleFiles bundle={checked} />
        </Card>
      )}
      {bundles.value?.length === 0 && !checked && (
        <Empty icon={Package} title={words.none} says={words.noneSays}>
          <Button look="primary" icon={PackagePlus} onClick={() => setPicking(true)}>
            {words.import}
          </Button>
        </Empty>
      )}
      {bundles.value?.map(bundle => (
        <BundleCard key={bundle.id} bundle={bundle} />
      ))}
      {picking && (
        <FolderPicker
          title={words.import}
          says={words.importSays}
          start={station?.bundleFolder}
          onClose={() => setPicking(false)}
          actions={[
            { label: words.checkOnly, act: path => void checkFolder(page, path) },
            { label: words.importGo, act: path => void importBundle(page, path) },
          ]}
        />
      )}
    </>
  );
}

function BundleCard({ bundle }: { readonly bundle: Bundle }) {
  const page = usePage();
  const words = useWords().bundles;
  const open = useStore(page.bundles, state => state.open === bundle.id);
  const [removing, setRemoving] = useState(false);
  const toggle = (): void =>
    page.bundles.setState(
      ({ open: before, ...rest }) => (before === bundle.id ? rest : { ...rest, open: bundle.id }),
      true,
    );
  return (
    <Card
      title={bundle.k3sVersion}
      says={
        <>
          {bundle.arches.join(', ')} · {size(bundle.bytes)} · {words.columns.imported}{' '}
          <Ago at={bundle.importedAt} /> · {words.verifiedAt} <Ago at={bundle.verifiedAt} />
        </>
      }
      actions={
        <>
          {isUsable(bundle) && (
            <Button
              look="primary"
              onClick={() => {
                chooseBundle(page, bundle.id);
                go({ is: 'install' });
              }}
            >
              {words.installWith}
            </Button>
          )}
          <Button
            icon={RefreshCw}
            busy={useBusy(verifyKey(bundle.id))}
            aria-label={words.verifyNamed(bundle.k3sVersion)}
            onClick={() => void verifyAgain(page, bundle.id)}
          >
            {words.verifyAgain}
          </Button>
          <IconButton
            name={open ? words.hideNamed(bundle.k3sVersion) : words.showNamed(bundle.k3sVersion)}
            icon={open ? ChevronUp : ChevronDown}
            aria-expanded={open}
            onClick={toggle}
          />
          <IconButton
            name={words.removeNamed(bundle.k3sVersion)}
            icon={Trash2}
            onClick={() => setRemoving(true)}
          />
        </>
      }
    >
      <div className="row">
        <CompleteBadge bundle={bundle} />
        <OriginBadge bundle={bundle} />
        {bundle.practice && <Badge tone="quiet">{words.practice}</Badge>}
      </div>
      <p className="hint break" title={bundle.source}>
        {words.source} {bundle.source}
      </p>
      <TaskLine task={verifyKey(bundle.id)} label={words.verifying} />
      {bundle.complete && bundle.origin.is === 'unknown' && !bundle.origin.consent && (
        <Consent bundle={bundle} />
      )}
      {(open || !bundle.complete) && <BundleFiles bundle={bundle} />}
      {removing && <BundleRemoval bundle={bundle} onClose={() => setRemoving(false)} />}
    </Card>
  );
}

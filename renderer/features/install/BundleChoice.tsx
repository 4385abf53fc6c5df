import { Package } from 'lucide-react';
import { useStore } from 'zustand';
import { Button } from '../../ui/Button.tsx';
import { size } from '../../ui/format.ts';
import { Empty } from '../../ui/parts.tsx';
import { Badge } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { useBusy } from '../app/use-task.ts';
import { importKey } from '../bundles/actions.ts';
import { CompleteBadge, OriginBadge } from '../bundles/BundleBadges.tsx';
import { isUsable } from '../bundles/store.ts';
import { chooseBundle } from './actions.ts';

/** Which bundle to install from; only usable ones can be chosen. */
export function BundleChoice() {
  const page = usePage();
  const all = useWords();
  const words = all.install;
  const bundles = useStore(page.bundles, state => state.bundles.value);
  const chosen = useStore(page.install, state => state.bundle);
  const importing = useBusy(importKey);
  if (importing || !bundles) return null;
  if (!bundles.some(isUsable))
    return (
      <Empty icon={Package} title={words.needBundle} says={words.needBundleSays}>
        <Button look="primary" onClick={() => go({ is: 'bundles' })}>
          {words.toBundles}
        </Button>
      </Empty>
    );
  return (
    <ul className="choices" aria-label={words.chooseBundle}>
      {bundles.map(bundle => (
        <li key={bundle.id} className={bundle.id === chosen ? 'choice chosen' : 'choice'}>
          <div>
            <strong>{bundle.k3sVersion}</strong>
            <p className="hint">
              {bundle.arches.join(', ')} · {size(bundle.bytes)}
            </p>
          </div>
          <div className="row">
            {bundle.id === chosen && <Badge tone="good">{all.ui.chosen}</Badge>}
            <CompleteBadge bundle={bundle} />
            <OriginBadge bundle={bundle} />
          </div>
          <Button
            look={isUsable(bundle) ? 'primary' : 'plain'}
            disabled={!isUsable(bundle)}
            aria-label={`${words.useThis}: ${bundle.k3sVersion}`}
            onClick={() => chooseBundle(page, bundle.id)}
          >
            {words.useThis}
          </Button>
        </li>
      ))}
    </ul>
  );
}

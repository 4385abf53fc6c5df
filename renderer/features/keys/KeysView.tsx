import { useEffect } from 'react';
import { useStore } from 'zustand';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { Card, Head } from '../../ui/parts.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { loadExports } from '../supply/actions.ts';
import { loadKeys } from './actions.ts';
import { Headquarters } from './Headquarters.tsx';
import { LaptopKey } from './LaptopKey.tsx';
import { SafeKey } from './SafeKey.tsx';

/** The keys of this laptop, of headquarters, and of the sites' safes. */
export function KeysView() {
  const page = usePage();
  const words = useWords().keys;
  const keys = useStore(page.keys, state => state.keys);
  useEffect(() => {
    void loadKeys(page);
    void loadExports(page);
  }, [page]);
  const { value } = keys;
  return (
    <>
      <Head title={words.title} says={words.says} />
      {keys.failure && <FailurePanel failure={keys.failure} />}
      {value && value.missing.length > 0 && (
        <Banner tone="warn" title={words.missing}>
          <ul>
            {value.missing.map(each => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        </Banner>
      )}
      {value && (
        <>
          <LaptopKey keys={value} />
          <Headquarters keys={value} />
          {value.sites.map(site => (
            <SafeKey key={site.site} of={site} />
          ))}
          {value.sites.length === 0 && <Card title={words.safe.none} says={words.safe.noneSays} />}
        </>
      )}
    </>
  );
}

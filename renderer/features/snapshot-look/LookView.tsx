import { ArrowLeft } from 'lucide-react';
import { useEffect } from 'react';
import { useStore } from 'zustand';
import type { SnapshotId } from '../../../preload/contract/ids.ts';
import { Button } from '../../ui/Button.tsx';
import { Choice } from '../../ui/Choice.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { Head } from '../../ui/parts.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { loadKept } from '../snapshots/actions.ts';
import { lookEvenIfDamaged, openLook, showTab } from './actions.ts';
import { Changes } from './Changes.tsx';
import { Images } from './Images.tsx';
import { Kinds } from './Kinds.tsx';
import { Rows } from './Rows.tsx';
import type { LookTab } from './store.ts';

const tabs = ['objects', 'images', 'changes'] as const satisfies readonly LookTab[];

/** What is inside one copy, without any cluster. */
export function LookView({ id }: { readonly id: SnapshotId }) {
  const page = usePage();
  const words = useWords().look;
  const copy = useStore(page.snapshots, ({ kept }) => kept.value?.find(each => each.id === id));
  const tab = useStore(page.look, state => state.tab);
  const contents = useStore(page.look, state => (state.snapshot === id ? state.contents : undefined));
  useEffect(() => {
    void loadKept(page);
    void openLook(page, id);
  }, [page, id]);
  return (
    <>
      <Head title={words.title} says={copy ? words.says(copy.name, copy.nodeName) : ''}>
        <Button icon={ArrowLeft} onClick={() => go({ is: 'snapshots' })}>
          {words.back}
        </Button>
      </Head>
      {contents?.failure && (
        <FailurePanel failure={contents.failure}>
          {contents.failure.facts?.['damaged'] === 'inside' && (
            <Button onClick={() => void lookEvenIfDamaged(page, id)}>{words.evenIfDamaged}</Button>
          )}
        </FailurePanel>
      )}
      {contents?.loading === true && !contents.value && (
        <p className="hint" role="status">
          {words.reading}
        </p>
      )}
      {contents?.value?.damage !== undefined && (
        <Banner tone="bad" title={words.damaged}>
          <p>{words.damagedSays(contents.value.damage)}</p>
        </Banner>
      )}
      {contents?.value && !contents.failure && (
        <>
          <Choice
            label={words.tab}
            value={tab}
            options={tabs.map(value => ({ value, label: words.tabs[value] }))}
            onValue={value => void showTab(page, value)}
          />
          {tab === 'objects' && (
            <div className="look">
              <Kinds contents={contents.value} />
              <Rows />
            </div>
          )}
          {tab === 'images' && <Images />}
          {tab === 'changes' && <Changes id={id} />}
        </>
      )}
    </>
  );
}

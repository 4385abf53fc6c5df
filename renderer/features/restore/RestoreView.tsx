import { ArrowLeft } from 'lucide-react';
import { useEffect } from 'react';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import type { NodeId, SnapshotId } from '../../../preload/contract/ids.ts';
import { Button } from '../../ui/Button.tsx';
import { Head } from '../../ui/parts.tsx';
import { WizardPart } from '../../ui/WizardPart.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { chooseSite } from '../sites/actions.ts';
import { beginRestore, openRestorePart } from './actions.ts';
import { AskedPart } from './AskedPart.tsx';
import { Records } from './Records.tsx';
import { RestorePlan } from './RestorePlan.tsx';
import { canOpenPart, isSettled, restoreParts } from './store.ts';
import type { RestorePart } from './store.ts';
import { useSourceName } from './use-source.ts';
import { WayPart } from './WayPart.tsx';
import { WhatPart } from './WhatPart.tsx';

const bodies: Record<RestorePart, () => ReactNode> = {
  what: WhatPart,
  way: WayPart,
  asked: AskedPart,
  plan: RestorePlan,
};

/** The way back of a cluster: from what, which way, its questions, and its plan. */
export function RestoreView({
  from,
  on,
}: {
  readonly from?: SnapshotId | undefined;
  readonly on?: NodeId | undefined;
}) {
  const page = usePage();
  const words = useWords().restore;
  const site = useStore(page.sites, ({ nodes }) => nodes.value?.find(each => each.id === on)?.site);
  useEffect(() => void beginRestore(page, from, on), [page, from, on]);
  // After a reload the node comes later than the page, and with it the site it is of.
  useEffect(() => {
    if (site !== undefined) chooseSite(page, site);
  }, [page, site]);
  return (
    <>
      <Head title={words.title} says={words.says}>
        <Button icon={ArrowLeft} onClick={() => go({ is: 'snapshots' })}>
          {words.back}
        </Button>
      </Head>
      <ol className="wizard">
        {restoreParts.map((part, i) => (
          <OnePart key={part} part={part} number={i + 1} />
        ))}
      </ol>
      <Records />
    </>
  );
}

function OnePart({ part, number }: { readonly part: RestorePart; readonly number: number }) {
  const page = usePage();
  const words = useWords().restore;
  const state = useStore(page.restore);
  const Body = bodies[part];
  return (
    <WizardPart
      number={number}
      title={words.parts[part]}
      summary={useSummary(part)}
      open={state.open === part}
      done={isSettled(state, part)}
      reachable={canOpenPart(state, part)}
      onOpen={() => openRestorePart(page, part)}
    >
      <Body />
    </WizardPart>
  );
}

/** A settled part in one line. */
function useSummary(part: RestorePart): string | undefined {
  const page = usePage();
  const words = useWords().restore;
  const { kind, node, form } = useStore(page.restore);
  const name = useStore(page.sites, ({ nodes }) => nodes.value?.find(each => each.id === node)?.name);
  const source = useSourceName();
  switch (part) {
    case 'what':
      return source;
    case 'way':
      return kind && [words.kinds[kind].title, name].filter(Boolean).join(' · ');
    case 'asked':
      return form?.fields.map(({ label }) => label).join(', ');
    case 'plan':
      return undefined;
    default:
      return part satisfies never;
  }
}

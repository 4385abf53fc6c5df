import { FolderSearch, MapPin } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import type { Site } from '../../../preload/contract/domain.ts';
import { Button } from '../../ui/Button.tsx';
import { Card, Code, CopyButton, Empty, Head } from '../../ui/parts.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { FolderPicker } from '../app/FolderPicker.tsx';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useTask } from '../app/use-task.ts';
import { SitePicker } from '../sites/SitePicker.tsx';
import { siteOf } from '../sites/store.ts';
import { checkBag, checkKey, enterSite, loadExports, loadSticks, watchSticks, writeKey } from './actions.ts';
import { BagVerdict } from './BagVerdict.tsx';
import { History } from './History.tsx';
import { CheckedPart, OutPart, WritePart } from './OutPart.tsx';
import { Post } from './Post.tsx';
import { Step } from './Step.tsx';
import { stepStates, supplySteps } from './store.ts';
import type { SupplyStep } from './store.ts';
import { WhatPart } from './WhatPart.tsx';
import { WherePart } from './WherePart.tsx';

/** The supply run, one step under the other: what goes, where, writing, checking, taking out the stick. */
export function SupplyView() {
  const page = usePage();
  const words = useWords().supply;
  const site = useStore(page.sites, siteOf);
  const sites = useStore(page.sites, state => state.sites.value);
  const station = useStore(page.app, state => state.station);
  const { checked, to } = useStore(page.supply);
  const [checking, setChecking] = useState(false);
  useEffect(() => {
    void loadSticks(page);
    void loadExports(page);
    return watchSticks(page);
  }, [page]);
  useEffect(() => {
    if (station && page.supply.getState().to === undefined) page.supply.setState({ to: station.stickFolder });
  }, [page, station]);
  return (
    <>
      <Head title={words.title} says={words.says}>
        <Button icon={FolderSearch} onClick={() => setChecking(true)}>
          {words.checkBag}
        </Button>
      </Head>
      <TaskLine task={checkKey} label={words.checking} />
      {checked && <BagVerdict check={checked} goodTitle={words.bagGood} />}
      <SitePicker />
      {sites?.length === 0 && (
        <Empty icon={MapPin} title={words.noSite} says={words.noSiteSays}>
          <Button look="primary" onClick={() => go({ is: 'sites' })}>
            {words.toSites}
          </Button>
        </Empty>
      )}
      {site && <OneSite site={site} />}
      <Card title={words.opening} says={words.openingSays}>
        <div className="row">
          <Code>{words.openCommand}</Code>
          <CopyButton text={words.openCommand} />
        </div>
      </Card>
      {checking && (
        <FolderPicker
          title={words.checkBag}
          says={words.checkBagSays}
          start={to}
          onClose={() => setChecking(false)}
          actions={[{ label: words.checkBagGo, act: path => void checkBag(page, path) }]}
        />
      )}
    </>
  );
}

function OneSite({ site }: { readonly site: Site }) {
  const page = usePage();
  const words = useWords().supply;
  const state = useStore(page.supply);
  const writing = useTask(writeKey)?.is;
  useEffect(() => void enterSite(page, site.id), [page, site.id]);
  // What was made ready for another site is gone with the next frame; until then nothing of it is shown.
  if (state.site !== site.id) return null;
  const states = stepStates(state, { writing: writing === 'busy', failed: writing === 'failed' });
  const bodies: Record<SupplyStep, ReactNode> = {
    what: <WhatPart site={site} />,
    where: <WherePart site={site} />,
    write: <WritePart site={site} />,
    checked: <CheckedPart />,
    out: <OutPart />,
  };
  return (
    <>
      <ol className="wizard" aria-label={words.stepsLabel}>
        {supplySteps.map(step => (
          <Step key={step} step={step} state={states[step]}>
            {bodies[step]}
          </Step>
        ))}
      </ol>
      <Post />
      <History site={site.id} />
    </>
  );
}

import { FolderSearch, MapPin } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { Button } from '../../ui/Button.tsx';
import { Empty, Head } from '../../ui/parts.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { FolderPicker } from '../app/FolderPicker.tsx';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { SitePicker } from '../sites/SitePicker.tsx';
import { siteOf } from '../sites/store.ts';
import { checkBag, checkKey, loadExports, loadSticks } from './actions.ts';
import { BagVerdict } from './BagVerdict.tsx';
import { EarlierExports } from './EarlierExports.tsx';
import { PlanCard } from './PlanCard.tsx';
import { Recipients } from './Recipients.tsx';
import { Target } from './Target.tsx';

/** The supply run: who can open it, where it goes, what goes out, and whether it is in order. */
export function SupplyView() {
  const page = usePage();
  const words = useWords().supply;
  const site = useStore(page.sites, siteOf);
  const sites = useStore(page.sites, state => state.sites.value);
  const station = useStore(page.app, state => state.station);
  const checked = useStore(page.supply, state => state.checked);
  const to = useStore(page.supply, state => state.to);
  const [checking, setChecking] = useState(false);
  useEffect(() => {
    void loadSticks(page);
    void loadExports(page);
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
      {site && (
        <>
          <Recipients key={`${site.id}${site.recipients.join()}`} site={site} />
          <Target />
          {to !== undefined && <PlanCard site={site} to={to} />}
          <EarlierExports site={site.id} />
        </>
      )}
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

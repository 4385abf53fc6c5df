import { Ear, Radar } from 'lucide-react';
import { useEffect } from 'react';
import { useStore } from 'zustand';
import type { Site } from '../../../preload/contract/domain.ts';
import type { Inventory, LanNow } from '../../../preload/contract/scan.ts';
import { Button } from '../../ui/Button.tsx';
import { Choice } from '../../ui/Choice.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { Empty, Head } from '../../ui/parts.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { useBusy } from '../app/use-task.ts';
import { SitePicker } from '../sites/SitePicker.tsx';
import { siteOf } from '../sites/store.ts';
import { enterMap, scan, scanKey } from './actions.ts';
import { CablePart, NoNetwork } from './CablePart.tsx';
import { chosen, hindrance, paceOf } from './choice.ts';
import { Conflicts } from './Conflicts.tsx';
import { MachineSheet } from './MachineSheet.tsx';
import { MachineTable } from './MachineTable.tsx';
import { Picture } from './Picture.tsx';
import { ScanPart } from './ScanPart.tsx';
import { WherePart } from './WherePart.tsx';

/** What is on the network and on the serial cables, what it is, and which cluster it belongs to. */
export function MapView() {
  const page = usePage();
  const words = useWords().map;
  const lan = useStore(page.map, state => state.lan);
  const inventory = useStore(page.map, state => state.inventory);
  const site = useStore(page.sites, siteOf);
  useEffect(() => enterMap(page), [page]);
  const alone = lan.value?.networks.length === 0;
  return (
    <>
      <Head title={words.title} says={words.says}>
        <ScanButton />
      </Head>
      {lan.failure && <FailurePanel failure={lan.failure} />}
      {inventory.failure && <FailurePanel failure={inventory.failure} />}
      <ScanPart />
      {inventory.value && <Conflicts inventory={inventory.value} />}
      {lan.value?.advice.map(each => (
        <CablePart key={each.wire} advice={each} />
      ))}
      {lan.value && alone && lan.value.advice.length === 0 && <NoNetwork lan={lan.value} />}
      {lan.value && inventory.value && !alone && (
        <Where lan={lan.value} isFirst={inventory.value.machines.length === 0} />
      )}
      {inventory.value && (
        <Found inventory={inventory.value} site={site} isAlone={alone && lan.value?.advice.length === 0} />
      )}
      <MachineSheet />
    </>
  );
}

function ScanButton() {
  const page = usePage();
  const words = useWords().map;
  const lan = useStore(page.map, state => state.lan.value);
  const choice = useStore(page.map, state => state.choice);
  const known = useStore(page.map, ({ inventory }) => (inventory.value?.machines.length ?? 0) > 0);
  const busy = useBusy(scanKey);
  const hindered = lan ? hindrance(lan, choice) : undefined;
  const listens = paceOf(lan, choice) === 'listen';
  const working = listens ? words.listening : words.scanning;
  return (
    <>
      {hindered && lan?.networks.length !== 0 && (
        <p className="hint" id="map-hindered">
          {words.where.hindrances[hindered]}
        </p>
      )}
      <Button
        look="primary"
        icon={listens ? Ear : Radar}
        busy={busy}
        disabled={!busy && (!lan || hindered !== undefined)}
        aria-describedby={hindered && 'map-hindered'}
        onClick={() => void scan(page)}
      >
        {busy ? working : listens ? words.listen : known ? words.scanAgain : words.scan}
      </Button>
    </>
  );
}

/** Stands open until something was found; then its one line says what would be asked. */
function Where({ lan, isFirst }: { readonly lan: LanNow; readonly isFirst: boolean }) {
  const page = usePage();
  const words = useWords().map.where;
  const choice = useStore(page.map, state => state.choice);
  const busy = useBusy(scanKey);
  const hindered = hindrance(lan, choice) !== undefined;
  const opened = useStore(page.map, state => state.opened);
  const isOpen = opened ?? ((isFirst || hindered) && !busy);
  const networks = chosen(lan, choice).join(', ') || words.nowhere;
  return (
    <section className="card map-asks" aria-label={words.title}>
      <details open={isOpen}>
        <summary
          className="break"
          onClick={event => {
            event.preventDefault();
            page.map.setState({ opened: !isOpen });
          }}
        >
          {words.summary(networks, words.paces[paceOf(lan, choice)].name)}
        </summary>
        <WherePart lan={lan} />
      </details>
    </section>
  );
}

function Found({
  inventory,
  site,
  isAlone,
}: {
  readonly inventory: Inventory;
  readonly site: Site | undefined;
  readonly isAlone: boolean;
}) {
  const page = usePage();
  const words = useWords().map;
  const view = useStore(page.map, state => state.view);
  const busy = useBusy(scanKey);
  if (inventory.machines.length === 0)
    return busy || isAlone ? null : (
      <Empty icon={Radar} title={words.nothingYet} says={words.nothingYetSays} />
    );
  return (
    <>
      <div className="row end between">
        <SitePicker />
        <Choice
          label={words.view.label}
          value={view}
          options={(['picture', 'table'] as const).map(value => ({ value, label: words.view[value] }))}
          onValue={value => page.map.setState({ view: value })}
        />
      </div>
      <section className="card">
        <h2 className="unseen">{words.view[view]}</h2>
        {view === 'picture' ? (
          <Picture inventory={inventory} site={site} />
        ) : (
          <MachineTable inventory={inventory} site={site?.id} />
        )}
      </section>
    </>
  );
}

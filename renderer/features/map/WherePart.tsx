import { useStore } from 'zustand';
import { paces } from '../../../preload/contract/scan.ts';
import type { LanNow, LaptopNetwork } from '../../../preload/contract/scan.ts';
import { Button } from '../../ui/Button.tsx';
import { Choice } from '../../ui/Choice.tsx';
import { CheckBox, TextArea, TextField } from '../../ui/Field.tsx';
import { count } from '../../ui/format.ts';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { choose, keepNever, preferFast, preferKey } from './actions.ts';
import { chosen, isFast, isTicked, isTooWide, isWide, needsConsent, neverOf, paceOf } from './choice.ts';

/** Where to look, how fast, and what is never asked. */
export function WherePart({ lan }: { readonly lan: LanNow }) {
  const page = usePage();
  const words = useWords().map.where;
  const choice = useStore(page.map, state => state.choice);
  const pace = paceOf(lan, choice);
  return (
    <div className="map-where">
      <fieldset className="map-networks">
        <legend>{words.networks}</legend>
        {lan.networks.map(network => (
          <OneNetwork key={`${network.wire} ${network.cidr} ${network.address}`} network={network} />
        ))}
        <TextField
          label={words.typed}
          hint={words.typedHint}
          value={choice.typed}
          onValue={typed => choose(page, { typed })}
        />
      </fieldset>
      <div className="stack">
        <div className="stack">
          <h3 id="map-pace">{words.pace}</h3>
          <Choice
            label={words.pace}
            value={pace}
            options={paces.map(value => ({ value, label: words.paces[value].name }))}
            onValue={value => choose(page, { pace: value })}
          />
          <p className="hint">{words.paces[pace].says}</p>
        </div>
        {pace === 'fast' && <FastHere lan={lan} />}
        {pace !== 'listen' && <Wide lan={lan} />}
        <Never lan={lan} />
      </div>
    </div>
  );
}

function OneNetwork({ network }: { readonly network: LaptopNetwork }) {
  const page = usePage();
  const words = useWords().map.where;
  const choice = useStore(page.map, state => state.choice);
  const about = words.network(network.wire, network.hosts, count(network.hosts));
  return (
    <CheckBox
      label={network.cidr}
      hint={network.why === undefined ? about : `${about}. ${network.why}`}
      checked={isTicked(choice, network)}
      disabled={isTooWide(network.cidr)}
      onValue={ticked => choose(page, { ticked: { ...choice.ticked, [network.cidr]: ticked } })}
    />
  );
}

/** The fast mode is agreed to network by network, and kept with each. */
function FastHere({ lan }: { readonly lan: LanNow }) {
  const page = usePage();
  const words = useWords().map.where;
  const choice = useStore(page.map, state => state.choice);
  const busy = useBusy(preferKey);
  return (
    <div>
      {chosen(lan, choice)
        .filter(needsConsent)
        .map(cidr => (
          <CheckBox
            key={cidr}
            label={words.fastHere(cidr)}
            hint={words.fastHint}
            checked={isFast(lan, choice, cidr)}
            disabled={busy}
            onValue={fast => void preferFast(page, cidr, fast)}
          />
        ))}
    </div>
  );
}

/** A wide network is typed twice, so that nobody asks sixty thousand addresses by one wrong digit. */
function Wide({ lan }: { readonly lan: LanNow }) {
  const page = usePage();
  const words = useWords().map.where;
  const choice = useStore(page.map, state => state.choice);
  return chosen(lan, choice)
    .filter(isWide)
    .map(cidr => (
      <TextField
        key={cidr}
        label={words.again(cidr)}
        hint={words.againHint}
        value={choice.again[cidr] ?? ''}
        onValue={typed => choose(page, { again: { ...choice.again, [cidr]: typed } })}
      />
    ));
}

function Never({ lan }: { readonly lan: LanNow }) {
  const page = usePage();
  const words = useWords().map.where;
  const choice = useStore(page.map, state => state.choice);
  const busy = useBusy(preferKey);
  return (
    <>
      <TextArea
        label={words.never}
        hint={words.neverHint}
        rows={2}
        value={neverOf(lan, choice)}
        onValue={never => choose(page, { never })}
      />
      {choice.never !== undefined && (
        <div className="row">
          <Button busy={busy} onClick={() => void keepNever(page)}>
            {words.keep}
          </Button>
        </div>
      )}
      <TaskLine task={preferKey} label={words.keeping} />
    </>
  );
}

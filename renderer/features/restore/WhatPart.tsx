import { Database } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import type { CatalogueEntry } from '../../../preload/contract/snapshots/proof.ts';
import { Button } from '../../ui/Button.tsx';
import { Choice } from '../../ui/Choice.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { TextField } from '../../ui/Field.tsx';
import { moment, size } from '../../ui/format.ts';
import { Ago, Empty } from '../../ui/parts.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { SitePicker } from '../sites/SitePicker.tsx';
import { siteOf } from '../sites/store.ts';
import { ProofBadge } from '../snapshots/KeptSnapshots.tsx';
import { entriesOf, verdictOf } from '../snapshots/store.ts';
import { chooseSource } from './actions.ts';
import { offeredSources } from './store.ts';
import type { SourceKind } from './store.ts';

const bodies: Record<SourceKind, () => ReactNode> = { kept: Kept, path: FromPath, none: Without };

/** What there is to go back to: a snapshot with its proof and age, a file of an old disk, or nothing. */
export function WhatPart() {
  const page = usePage();
  const words = useWords().restore;
  const source = useStore(page.restore, state => state.source?.is);
  const [kind, setKind] = useState<SourceKind>(source ?? 'kept');
  const Body = bodies[kind];
  return (
    <>
      <SitePicker />
      <Choice
        label={words.sourceLabel}
        value={kind}
        options={offeredSources.map(value => ({ value, label: words.sources[value] }))}
        onValue={setKind}
      />
      <Body />
    </>
  );
}

function Kept() {
  const page = usePage();
  const words = useWords().restore.what;
  const site = useStore(page.sites, siteOf);
  const catalogue = useStore(page.snapshots, state => state.catalogue);
  const mine = site ? entriesOf(catalogue.value, site.id) : [];
  return (
    <>
      {catalogue.failure && <FailurePanel failure={catalogue.failure} />}
      {catalogue.value && mine.length === 0 && (
        <Empty icon={Database} title={words.none} says={words.noneSays}>
          <Button look="primary" onClick={() => go({ is: 'snapshots' })}>
            {words.toSnapshots}
          </Button>
        </Empty>
      )}
      <ul className="choices" aria-label={words.list}>
        {mine.map(entry => (
          <OneCopy key={entry.snapshot.id} entry={entry} />
        ))}
      </ul>
    </>
  );
}

function OneCopy({ entry }: { readonly entry: CatalogueEntry }) {
  const page = usePage();
  const all = useWords();
  const words = all.restore.what;
  const { snapshot, proof } = entry;
  const chosen = useStore(
    page.restore,
    ({ source }) => source?.is === 'kept' && source.snapshot === snapshot.id,
  );
  const damaged = verdictOf(snapshot) === 'damaged' || proof?.verdict === 'not-restorable';
  const proven = proof !== undefined && proof.stale === undefined;
  const advice = damaged ? words.damaged : proven ? proof.says : (proof?.stale ?? words.proveFirst);
  return (
    <li className={chosen ? 'choice chosen' : 'choice'}>
      <div>
        <strong className="break">{snapshot.name}</strong>
        <p className="hint">
          {words.saved} <Ago at={snapshot.savedAt} /> ({moment(snapshot.savedAt)}) · {snapshot.nodeName} ·{' '}
          {snapshot.k3sVersion} · {size(snapshot.bytes)}
        </p>
        <p>{advice}</p>
      </div>
      <ProofBadge entry={entry} />
      <Button
        look={proven && !damaged ? 'primary' : 'plain'}
        disabled={damaged}
        aria-label={words.named(snapshot.name)}
        onClick={() => chooseSource(page, { is: 'kept', snapshot: snapshot.id })}
      >
        {words.use}
      </Button>
    </li>
  );
}

function FromPath() {
  const page = usePage();
  const words = useWords().restore.what;
  const source = useStore(page.restore, state => state.source);
  const [path, setPath] = useState(source?.is === 'path' ? source.path : '');
  const given = path.trim();
  return (
    <form
      className="form"
      onSubmit={event => {
        event.preventDefault();
        if (given !== '') chooseSource(page, { is: 'path', path: given });
      }}
    >
      <TextField label={words.path} hint={words.pathHint} value={path} onValue={setPath} />
      <div className="row">
        <Button look="primary" type="submit" disabled={given === ''}>
          {words.usePath}
        </Button>
      </div>
    </form>
  );
}

function Without() {
  const page = usePage();
  const words = useWords().restore.what;
  return (
    <>
      <p>{words.noSnapshot}</p>
      <div className="row">
        <Button look="primary" onClick={() => chooseSource(page, { is: 'none' })}>
          {words.goOn}
        </Button>
      </div>
    </>
  );
}

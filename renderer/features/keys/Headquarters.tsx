import { FileKey, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { useStore } from 'zustand';
import type { KeyListShown, KeyShown, KeysShown } from '../../../preload/contract/supply/keys.ts';
import { Button } from '../../ui/Button.tsx';
import { TextField } from '../../ui/Field.tsx';
import { moment } from '../../ui/format.ts';
import { Card, Code, Facts } from '../../ui/parts.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { FolderPicker } from '../app/FolderPicker.tsx';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { leaveOffer, lookAtKeys, lookKey, takeOffer, trustKey } from './actions.ts';
import { mayTake } from './store.ts';
import type { Offered } from './store.ts';

/** Headquarters' root key, and the list of keys it signed. */
export function Headquarters({ keys }: { readonly keys: KeysShown }) {
  const page = usePage();
  const all = useWords();
  const words = all.keys.hq;
  const { offered, taken } = useStore(page.keys);
  const [picking, setPicking] = useState(false);
  const looking = useBusy(lookKey);
  const { root, list } = keys;
  return (
    <Card
      title={words.title}
      says={words.says}
      actions={
        <Button icon={FileKey} busy={looking} onClick={() => setPicking(true)}>
          {words.choose}
        </Button>
      }
    >
      <TaskLine task={lookKey} label={words.looking} />
      {offered && <TheOffer key={offered.path} offered={offered} />}
      {taken && !offered && (
        <div role="status">
          <Banner tone="good" title={taken.is === 'root' ? words.rootTaken : words.listTaken} />
        </div>
      )}
      <Facts
        facts={[
          [words.root, root ? <Code key="root">{root.id}</Code> : words.noRoot],
          ...(root?.since === undefined ? [] : [[words.pinned, moment(root.since)] as const]),
          [words.list, list ? words.serial(list.serial, moment(list.at)) : words.noList],
        ]}
      />
      {list && <TheList list={list} />}
      {picking && (
        <FolderPicker
          files
          title={words.choose}
          says={words.chooseSays}
          onClose={() => setPicking(false)}
          actions={[{ label: words.look, act: path => void lookAtKeys(page, path) }]}
        />
      )}
    </Card>
  );
}

/** What a file would change, before it is taken. */
function TheOffer({ offered: { path, offer } }: { readonly offered: Offered }) {
  const page = usePage();
  const all = useWords();
  const words = all.keys.hq;
  const [typed, setTyped] = useState('');
  const taking = useBusy(trustKey);
  const ready = mayTake(offer, typed);
  return (
    <form
      className="form"
      onSubmit={event => {
        event.preventDefault();
        if (ready && !taking) void takeOffer(page, typed);
      }}
    >
      <Banner tone="warn" title={offer.is === 'root' ? words.isRoot : words.isList(offer.serial ?? 0)}>
        <p className="hint break">{path}</p>
        {offer.changes.length === 0 && <p>{words.noChange}</p>}
        <ul>
          {offer.changes.map(change => (
            <li key={change} className="break">
              {change}
            </li>
          ))}
        </ul>
      </Banner>
      {offer.typed !== undefined && (
        <TextField
          label={words.typeId}
          hint={words.typeIdHint(offer.typed)}
          value={typed}
          onValue={setTyped}
        />
      )}
      <TaskLine task={trustKey} label={words.taking} />
      <div className="row">
        <Button look="primary" type="submit" icon={ShieldCheck} busy={taking} disabled={!ready}>
          {offer.is === 'root' ? words.takeRoot : words.takeList}
        </Button>
        <Button look="quiet" onClick={() => leaveOffer(page)}>
          {all.ui.cancel}
        </Button>
      </div>
    </form>
  );
}

function TheList({ list }: { readonly list: KeyListShown }) {
  const words = useWords().keys.hq;
  const groups: readonly (readonly [string, readonly KeyShown[]])[] = [
    [words.receiptKeys, list.receiptKeys],
    [words.bundleKeys, list.bundleKeys],
    [words.recipients, list.recipients],
  ];
  return (
    <details className="proof-fold">
      <summary>{words.showKeys}</summary>
      {groups.map(([name, of]) => (
        <section key={name} className="stack">
          <h3>{name}</h3>
          {of.length === 0 && <p className="hint">{words.noneOfThem}</p>}
          <ul>
            {of.map(each => (
              <li key={each.id} className="break">
                {each.name} <Code>{each.id}</Code>{' '}
                {each.until !== undefined && words.until(moment(each.until))}
              </li>
            ))}
          </ul>
        </section>
      ))}
    </details>
  );
}

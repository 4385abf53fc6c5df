import { useState } from 'react';
import { useStore } from 'zustand';
import type { SnapshotId } from '../../../preload/contract/ids.ts';
import type { ObjectChange, SnapshotDiff } from '../../../preload/contract/snapshots/look.ts';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { CheckBox, Select } from '../../ui/Field.tsx';
import { count, moment } from '../../ui/format.ts';
import { Card } from '../../ui/parts.tsx';
import { Table } from '../../ui/Table.tsx';
import { Badge } from '../../ui/Verdict.tsx';
import type { Tone } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { keptOf } from '../snapshots/store.ts';
import { compareWith } from './actions.ts';
import { shownChanges } from './store.ts';

/** What happened since an earlier copy of the same site. */
export function Changes({ id }: { readonly id: SnapshotId }) {
  const page = usePage();
  const words = useWords().look;
  const kept = useStore(page.snapshots, state => state.kept.value);
  const site = kept?.find(each => each.id === id)?.site;
  const others = keptOf(kept, site).filter(each => each.id !== id);
  const other = useStore(page.look, state => state.other);
  const diff = useStore(page.look, state => state.diff);
  if (kept && others.length === 0) return <p>{words.noOther}</p>;
  return (
    <>
      <div className="picker">
        <Select
          label={words.earlierCopy}
          value={other ?? ''}
          options={[
            { value: '', label: words.chooseCopy },
            ...others.map(each => ({
              value: each.id as string,
              label: `${moment(each.savedAt)}  ${each.name}`,
            })),
          ]}
          onValue={chosen => chosen !== '' && void compareWith(page, chosen as SnapshotId)}
        />
      </div>
      {diff.failure && (
        <FailurePanel failure={diff.failure}>
          {diff.failure.facts?.['cluster'] === 'different' && other !== undefined && (
            <Button onClick={() => void compareWith(page, other, true)}>{words.anyCluster}</Button>
          )}
        </FailurePanel>
      )}
      {diff.loading && (
        <p className="hint" role="status">
          {words.comparing}
        </p>
      )}
      {diff.value && <Told diff={diff.value} />}
    </>
  );
}

const step = 100;

function Told({ diff }: { readonly diff: SnapshotDiff }) {
  const page = usePage();
  const words = useWords().look;
  const withNoise = useStore(page.look, state => state.withNoise);
  const [most, setMost] = useState(step);
  const changes = shownChanges(diff, withNoise);
  const all = diff.added + diff.removed + diff.changed + (withNoise ? diff.noise : 0);
  const shown = changes.slice(0, most);
  return (
    <>
      <Card title={words.story}>
        <ul className="look-story">
          {diff.says.map(sentence => (
            <li key={sentence} className="break">
              {sentence}
            </li>
          ))}
        </ul>
      </Card>
      <Card title={words.changes}>
        <CheckBox
          label={words.withNoise}
          checked={withNoise}
          onValue={wanted => page.look.setState({ withNoise: wanted })}
        />
        {shown.length > 0 && <ChangeTable changes={shown} />}
        {shown.length < all && (
          <div className="row">
            <span>{words.moreChanges(count(shown.length), count(all))}</span>
            {changes.length > most && <Button onClick={() => setMost(most + step)}>{words.later}</Button>}
          </div>
        )}
      </Card>
    </>
  );
}

const tones: Record<ObjectChange['is'], Tone> = { added: 'good', removed: 'bad', changed: 'warn' };

function ChangeTable({ changes }: { readonly changes: readonly ObjectChange[] }) {
  const words = useWords().look;
  return (
    <Table
      caption={words.changes}
      rows={changes}
      rowKey={change => change.key}
      columns={[
        {
          head: words.object,
          render: ({ name, kind, namespace }) => (
            <span className="two-lines">
              <strong className="break">{name}</strong>
              <span className="hint break">
                {kind}
                {namespace === '' ? '' : ` · ${namespace}`}
              </span>
            </span>
          ),
        },
        { head: words.what, kind: 'fit', render: ({ is }) => <Badge tone={tones[is]}>{words.is[is]}</Badge> },
        { head: words.fields, render: change => <Fields change={change} /> },
      ]}
    />
  );
}

const mostFields = 6;

function Fields({ change }: { readonly change: ObjectChange }) {
  const words = useWords().look;
  const { fields, moreFields } = change;
  const rest = fields.length - mostFields + moreFields;
  return (
    <>
      {fields.slice(0, mostFields).map(({ path, before, after }) => (
        <p key={path} className="break">
          <code>{path}</code>: {before ?? words.nothing} → {after ?? words.nothing}
        </p>
      ))}
      {rest > 0 && <p className="hint">{words.moreFields(rest)}</p>}
    </>
  );
}

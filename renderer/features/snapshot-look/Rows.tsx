import { ArrowLeft, ChevronLeft, ChevronRight, Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { SnapshotObject, SnapshotObjectText } from '../../../preload/contract/snapshots/look.ts';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { TextField } from '../../ui/Field.tsx';
import { count, moment } from '../../ui/format.ts';
import { CopyButton } from '../../ui/parts.tsx';
import { Table } from '../../ui/Table.tsx';
import { Badge } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { closeObject, listObjects, showObject } from './actions.ts';
import { pageRows } from './store.ts';

/** The objects that were chosen or searched for, a page at a time, or one of them. */
export function Rows() {
  const page = usePage();
  const object = useStore(page.look, state => state.object);
  return (
    <div className="look-rows">
      {object.failure && <FailurePanel failure={object.failure} />}
      {object.value ? <OneObject key={object.value.object.key} text={object.value} /> : <List />}
    </div>
  );
}

function List() {
  const page = usePage();
  const words = useWords().look;
  const rows = useStore(page.look, state => state.rows);
  const columns = words.columns;
  return (
    <>
      <SearchLine />
      {rows.failure && <FailurePanel failure={rows.failure} />}
      <Pages />
      {rows.value && rows.value.total > 0 && (
        <Table
          caption={words.rows}
          rows={rows.value.objects}
          rowKey={object => object.key}
          columns={[
            {
              head: columns.name,
              render: object => (
                <span className="two-lines">
                  <Button
                    look="quiet"
                    className="look-name break"
                    aria-label={words.show(object.name)}
                    onClick={() => void showObject(page, object.key)}
                  >
                    {object.name}
                  </Button>
                  <span className="hint break">
                    {object.kind}
                    {object.namespace === '' ? '' : ` · ${object.namespace}`}
                  </span>
                </span>
              ),
            },
            { head: columns.images, render: object => <Details object={object} /> },
            { head: columns.replicas, kind: 'number', render: object => object.replicas ?? '' },
            {
              head: columns.created,
              kind: 'fit',
              render: object => (object.createdAt === undefined ? '' : moment(object.createdAt)),
            },
          ]}
        />
      )}
    </>
  );
}

const mostLabels = 4;

function Details({ object }: { readonly object: SnapshotObject }) {
  const words = useWords().look;
  if (object.sealed !== undefined) return <Badge tone="good">{words.sealed(object.sealed)}</Badge>;
  if (object.unread !== undefined)
    return (
      <>
        <Badge tone="warn">{words.unreadable}</Badge>
        <p className="hint break">{object.unread}</p>
      </>
    );
  const { images, labels } = object;
  return (
    <>
      {images.map(image => (
        <p key={image} className="break">
          {image}
        </p>
      ))}
      {labels.length > 0 && (
        <p className="hint break">
          {labels
            .slice(0, mostLabels)
            .map(({ name, value }) => `${name}=${value}`)
            .join(' · ')}
          {labels.length > mostLabels ? ` · ${words.more(labels.length - mostLabels)}` : ''}
        </p>
      )}
    </>
  );
}

function SearchLine() {
  const page = usePage();
  const words = useWords().look;
  const searched = useStore(page.look, state => state.listed.search);
  const busy = useStore(page.look, state => state.rows.loading);
  const [typed, setTyped] = useState(searched);
  return (
    <form
      className="row look-search"
      role="search"
      onSubmit={event => {
        event.preventDefault();
        void listObjects(page, { search: typed });
      }}
    >
      <TextField
        label={words.search}
        hint={words.searchHint}
        type="search"
        value={typed}
        onValue={setTyped}
      />
      <Button type="submit" look="primary" icon={Search} busy={busy}>
        {words.find}
      </Button>
    </form>
  );
}

function Pages() {
  const page = usePage();
  const words = useWords().look;
  const rows = useStore(page.look, state => state.rows.value);
  const { offset } = useStore(page.look, state => state.listed);
  if (!rows) return null;
  if (rows.total === 0) return <p role="status">{words.none}</p>;
  const last = Math.min(rows.total, offset + rows.objects.length);
  return (
    <div className="row">
      <span role="status">{words.range(count(offset + 1), count(last), count(rows.total))}</span>
      {rows.total > pageRows && (
        <>
          <Button
            icon={ChevronLeft}
            disabled={offset === 0}
            onClick={() => void listObjects(page, { offset: Math.max(0, offset - pageRows) })}
          >
            {words.earlier}
          </Button>
          <Button
            icon={ChevronRight}
            disabled={last >= rows.total}
            onClick={() => void listObjects(page, { offset: offset + pageRows })}
          >
            {words.later}
          </Button>
        </>
      )}
    </div>
  );
}

function OneObject({ text }: { readonly text: SnapshotObjectText }) {
  const page = usePage();
  const words = useWords().look;
  const { object, yaml, unknown } = text;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <>
      <div className="row">
        <Button icon={ArrowLeft} onClick={() => closeObject(page)}>
          {words.listAgain}
        </Button>
        <CopyButton text={yaml} name={words.copyYaml} />
      </div>
      <h2 className="break" tabIndex={-1} ref={heading}>
        {object.kind} {object.name}
      </h2>
      <p className="hint break">
        {object.apiVersion} {object.namespace === '' ? '' : `· ${object.namespace}`} ·{' '}
        <code>{object.key}</code>
      </p>
      {unknown.length > 0 && <p className="hint break">{words.unknown(unknown.join(', '))}</p>}
      <pre className="look-yaml">{yaml}</pre>
    </>
  );
}

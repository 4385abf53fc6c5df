import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useDeferredValue, useMemo } from 'react';
import { useStore } from 'zustand';
import type { SiteId } from '../../../preload/contract/ids.ts';
import type { Inventory, Machine } from '../../../preload/contract/scan.ts';
import { Button } from '../../ui/Button.tsx';
import { Choice } from '../../ui/Choice.tsx';
import { TextField } from '../../ui/Field.tsx';
import { Ago } from '../../ui/parts.tsx';
import { Table } from '../../ui/Table.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { openSheet } from './actions.ts';
import { HealthBadge, Standing } from './looks.tsx';
import { filters, tabled } from './machines.ts';

/** So many rows stand on one page: a thousand machines are found by searching, not by scrolling. */
const perPage = 50;

/** All machines in rows, filtered and searched. */
export function MachineTable({
  inventory,
  site,
}: {
  readonly inventory: Inventory;
  readonly site: SiteId | undefined;
}) {
  const page = usePage();
  const words = useWords().map.table;
  const filter = useStore(page.map, state => state.filter);
  const sought = useStore(page.map, state => state.sought);
  const settled = useDeferredValue(sought);
  const rows = useMemo(
    () => tabled(inventory.machines, filter, settled, site),
    [inventory, filter, settled, site],
  );
  return (
    <div className="stack map-table">
      <div className="row end">
        <Choice
          label={words.show}
          value={filter}
          options={filters
            .filter(value => value !== 'site' || site !== undefined)
            .map(value => ({ value, label: words.filters[value] }))}
          onValue={value => page.map.setState({ filter: value, at: 0 })}
        />
        <TextField
          label={words.search}
          type="search"
          value={sought}
          onValue={value => page.map.setState({ sought: value, at: 0 })}
        />
      </div>
      {rows.length === 0 ? <p role="status">{words.none}</p> : <Rows rows={rows} />}
    </div>
  );
}

function Rows({ rows }: { readonly rows: readonly Machine[] }) {
  const page = usePage();
  const all = useWords().map;
  const words = all.table;
  const wanted = useStore(page.map, state => state.at);
  const last = Math.ceil(rows.length / perPage) - 1;
  const at = Math.min(wanted, last);
  const shown = rows.slice(at * perPage, (at + 1) * perPage);
  return (
    <>
      <Table
        caption={words.caption}
        rows={shown}
        rowKey={machine => machine.id}
        columns={[
          { head: words.columns.machine, render: machine => <Named machine={machine} /> },
          { head: words.columns.standing, render: machine => <Standing machine={machine} /> },
          { head: words.columns.address, render: machine => <Addresses machine={machine} /> },
          {
            head: words.columns.ways,
            kind: 'spare',
            render: ({ ssh, serial }) =>
              [ssh && all.ways.ssh, serial !== undefined && all.ways.serial].filter(Boolean).join(', ') ||
              all.ways.none,
          },
          { head: words.columns.health, render: machine => <Noticed machine={machine} /> },
          { head: words.columns.seen, kind: 'fit', render: ({ lastSeen }) => <Ago at={lastSeen} /> },
        ]}
      />
      {last > 0 && (
        <div className="row">
          <Button icon={ChevronLeft} disabled={at === 0} onClick={() => page.map.setState({ at: at - 1 })}>
            {words.before}
          </Button>
          <span role="status">{words.range(at * perPage + 1, at * perPage + shown.length, rows.length)}</span>
          <Button
            icon={ChevronRight}
            disabled={at === last}
            onClick={() => page.map.setState({ at: at + 1 })}
          >
            {words.after}
          </Button>
        </div>
      )}
    </>
  );
}

function Named({ machine }: { readonly machine: Machine }) {
  const page = usePage();
  const words = useWords().map;
  return (
    <span className="two-lines">
      <Button
        look="quiet"
        className="look-name"
        onClick={() => openSheet(page, { is: 'machine', machine: machine.id })}
      >
        {machine.name}
      </Button>
      <span className="hint">{words.kinds[machine.kind]}</span>
    </span>
  );
}

/** Those by which it answers, else the newest it had. */
function Addresses({ machine }: { readonly machine: Machine }) {
  const words = useWords().map.table;
  const { addresses, serial } = machine;
  const now = addresses.filter(each => each.now);
  const told = (now.length > 0 ? now : addresses.slice(0, 1)).map(({ address }) => address);
  const more = told.length - 2;
  return (
    <span className="two-lines">
      {told.slice(0, 2).map(address => (
        <span key={address}>{address}</span>
      ))}
      {more > 0 && <span className="hint">{words.moreAddresses(more)}</span>}
      {told.length === 0 && serial !== undefined && <span>{serial}</span>}
    </span>
  );
}

/** The first thing that is wrong stands beside the sign for it. */
function Noticed({ machine }: { readonly machine: Machine }) {
  const first =
    machine.notes.find(({ tone }) => tone === 'bad') ?? machine.notes.find(({ tone }) => tone === 'warn');
  return (
    <span className="two-lines map-noticed">
      <span>
        <HealthBadge machine={machine} />
      </span>
      {first && <span className="hint">{first.says}</span>}
    </span>
  );
}

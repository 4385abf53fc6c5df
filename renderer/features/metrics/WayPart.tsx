import { ShieldCheck, ShieldOff } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { Site, SiteNode } from '../../../preload/contract/domain.ts';
import type { Reachability, WanSeen } from '../../../preload/contract/wan.ts';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { TextField } from '../../ui/Field.tsx';
import { Card } from '../../ui/parts.tsx';
import { Table } from '../../ui/Table.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { Asked, RemedyButton } from './RemedyButton.tsx';
import { loadWay, saveTargets, targetsKey } from './between.ts';

/** What is asked beyond the site, how it answered, and the guard. */
export function WayPart({ site, node }: { readonly site: Site; readonly node: SiteNode }) {
  const page = usePage();
  const words = useWords().metrics.between;
  const { way, range } = useStore(page.metrics);
  useEffect(() => void loadWay(page, site.id, range), [page, site.id, range]);
  return (
    <Card title={words.way} says={words.waySays}>
      {way.failure && <FailurePanel failure={way.failure} />}
      {way.value && <Targets key={way.value.targets} site={site} kept={way.value.targets} />}
      {way.value && <Seen seen={way.value.seen} />}
      <p className="hint">{words.guardSays}</p>
      <div className="row">
        <RemedyButton node={node} remedy="wan-guard-install" title={words.guard} icon={ShieldCheck} />
        <RemedyButton node={node} remedy="wan-guard-remove" title={words.unguard} icon={ShieldOff} />
      </div>
      <Asked node={node} remedies={['wan-guard-install', 'wan-guard-remove']} />
    </Card>
  );
}

function Targets({ site, kept }: { readonly site: Site; readonly kept: string }) {
  const page = usePage();
  const words = useWords().metrics.between;
  const saving = useBusy(targetsKey);
  const [typed, setTyped] = useState(kept);
  return (
    <form
      className="form"
      onSubmit={event => {
        event.preventDefault();
        void saveTargets(page, site.id, typed);
      }}
    >
      <TextField label={words.targets} hint={words.targetsHint} value={typed} onValue={setTyped} />
      <div className="row">
        <Button type="submit" busy={saving} disabled={typed.trim() === kept}>
          {words.save}
        </Button>
      </div>
      <TaskLine task={targetsKey} label={words.saving} />
    </form>
  );
}

interface Row {
  readonly from: string;
  readonly name: string;
  readonly seen: Reachability;
}

function Seen({ seen }: { readonly seen: readonly WanSeen[] }) {
  const words = useWords().metrics.between;
  if (seen.length === 0) return <p className="hint">{words.nothingSeen}</p>;
  const rows = seen.flatMap(({ from, any, targets }): readonly Row[] => [
    ...targets.map(each => ({ from, name: each.target, seen: each })),
    ...(targets.length > 1 ? [{ from, name: words.any, seen: any }] : []),
  ]);
  return (
    <Table
      caption={words.seen}
      rows={rows}
      rowKey={row => `${row.from} ${row.name}`}
      columns={[
        { head: words.from, render: row => (row.from === 'laptop' ? words.laptop : row.from) },
        { head: words.target, render: row => row.name },
        {
          head: words.now,
          kind: 'fit',
          render: ({ seen: { isUp } }) => (isUp === true ? words.answers : words.silent),
        },
        {
          head: words.available,
          kind: 'number',
          render: ({ seen: { availability } }) =>
            availability === undefined ? '' : `${(availability * 100).toFixed(2)} %`,
        },
        { head: words.outages, kind: 'number', render: row => row.seen.outages.length },
        { head: words.flaps, kind: 'number', render: row => row.seen.flaps },
        {
          head: words.rtt,
          kind: 'number',
          render: ({ seen: { rtt } }) => (rtt === undefined ? '' : `${Math.round(rtt.median * 1000)} ms`),
        },
      ]}
    />
  );
}

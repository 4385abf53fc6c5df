import { Server, TriangleAlert } from 'lucide-react';
import { useStore } from 'zustand';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import { offeredRestores } from '../../../preload/contract/snapshots/restore.ts';
import type { OfferedRestore } from '../../../preload/contract/snapshots/restore.ts';
import { Button } from '../../ui/Button.tsx';
import { Select } from '../../ui/Field.tsx';
import { Empty } from '../../ui/parts.tsx';
import { Badge } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { nodesOf, siteOf } from '../sites/store.ts';
import { chooseMachine, chooseWayBack } from './actions.ts';
import { waysFrom, wantsOwnMachine } from './store.ts';
import { useChosenCopy } from './use-source.ts';

/** On which machine, and which way. */
export function WayPart() {
  const page = usePage();
  const words = useWords().restore.way;
  const { node: chosen, source } = useStore(page.restore);
  const copy = useChosenCopy()?.snapshot;
  const site = useStore(page.sites, siteOf);
  const known = useStore(page.sites, state => state.nodes.value);
  const nodes = nodesOf(known, copy?.site ?? site?.id);
  const node = [chosen, copy?.node].map(id => nodes.find(each => each.id === id)).find(Boolean) ?? nodes[0];
  if (!source || !known) return null;
  if (!node)
    return (
      <Empty icon={Server} title={words.noMachine} says={words.noMachineSays}>
        <Button look="primary" onClick={() => go({ is: 'sites' })}>
          {words.toSites}
        </Button>
      </Empty>
    );
  const ways = waysFrom(source.is);
  return (
    <>
      <div className="picker">
        <Select
          label={words.machine}
          hint={words.machineHint}
          value={node.id}
          options={nodes.map(each => ({ value: each.id, label: each.name }))}
          onValue={id => chooseMachine(page, id)}
        />
      </div>
      <ul className="choices" aria-label={words.list}>
        {ways.map(kind => (
          <OneWay key={kind} kind={kind} node={node} />
        ))}
      </ul>
      {ways.length < offeredRestores.length && <p className="hint">{words.others}</p>}
    </>
  );
}

function OneWay({ kind, node }: { readonly kind: OfferedRestore; readonly node: SiteNode }) {
  const page = usePage();
  const all = useWords();
  const words = all.restore;
  const chosen = useStore(page.restore, state => state.kind === kind);
  const { title, when, says, machine } = words.kinds[kind];
  return (
    <li className={chosen ? 'choice chosen' : 'choice'}>
      <div>
        <strong>{title}</strong>
        <p>{when}</p>
        <p className="hint">{says}</p>
        <p className="hint break">
          {machine}: {node.name}
        </p>
        {wantsOwnMachine(kind) && <MachineHint node={node} />}
      </div>
      {chosen && <Badge tone="good">{all.ui.chosen}</Badge>}
      <Button
        look="primary"
        aria-label={words.way.chooseNamed(title)}
        onClick={() => void chooseWayBack(page, node.id, kind)}
      >
        {words.way.choose}
      </Button>
    </li>
  );
}

/** What stands in the way of a machine that was never in the cluster, as far as this laptop knows. */
function MachineHint({ node }: { readonly node: SiteNode }) {
  const words = useWords().restore.way;
  const copy = useChosenCopy()?.snapshot;
  const says =
    copy?.node === node.id
      ? words.ownMachine(node.name)
      : node.k3sVersion === undefined
        ? words.noK3s(node.name)
        : undefined;
  return (
    says !== undefined && (
      <p className="may-lose">
        <TriangleAlert size={16} aria-hidden /> {says}
      </p>
    )
  );
}

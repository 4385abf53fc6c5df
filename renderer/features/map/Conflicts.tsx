import type { Conflict, Inventory } from '../../../preload/contract/scan.ts';
import { Button } from '../../ui/Button.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { openSheet } from './actions.ts';

/** What cannot both be true, always in sight: none of it is merged away or folded up. */
export function Conflicts({ inventory }: { readonly inventory: Inventory }) {
  const words = useWords().map;
  if (inventory.conflicts.length === 0) return null;
  return (
    <section className="stack map-conflicts" aria-label={words.conflictsLabel}>
      {inventory.conflicts.map(conflict => (
        <OneConflict
          key={`${conflict.what} ${conflict.about} ${conflict.machines.join(' ')}`}
          conflict={conflict}
          inventory={inventory}
        />
      ))}
    </section>
  );
}

function OneConflict({
  conflict,
  inventory,
}: {
  readonly conflict: Conflict;
  readonly inventory: Inventory;
}) {
  const page = usePage();
  const words = useWords().map;
  const machines = inventory.machines.filter(({ id }) => conflict.machines.includes(id));
  return (
    <Banner tone="warn" title={`${words.conflicts[conflict.what]}: ${conflict.about}`}>
      <p className="break">{conflict.says}</p>
      <p className="break">{conflict.next}</p>
      <div className="row tight">
        {machines.map(machine => (
          <Button key={machine.id} onClick={() => openSheet(page, { is: 'machine', machine: machine.id })}>
            {words.open(machine.name)}
          </Button>
        ))}
      </div>
    </Banner>
  );
}

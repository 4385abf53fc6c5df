import type { Machine } from '../../../preload/contract/scan.ts';
import { Ago } from '../../ui/parts.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { openSheet } from './actions.ts';
import { HealthBadge, kindIcons, Standing } from './looks.tsx';
import { addressOf } from './machines.ts';
import type { Way } from './wiring.ts';

/** How the laptop reaches a machine now. */
export const waysTo = ({ here, ssh, serial }: Machine): readonly Way[] => [
  ...(here && ssh ? ['ssh' as const] : []),
  ...(here && serial !== undefined ? ['serial' as const] : []),
];

/** One machine of the picture; pressing it opens its details. */
export function MachineBox({
  machine,
  isBeside,
}: {
  readonly machine: Machine;
  /** It stands in no frame that tells whose it is. */
  readonly isBeside: boolean;
}) {
  const page = usePage();
  const words = useWords().map;
  const Icon = kindIcons[machine.kind];
  const reached = waysTo(machine);
  const address = addressOf(machine);
  return (
    <button
      type="button"
      className={machine.here ? 'map-box' : 'map-box gone'}
      data-ways={reached.join(' ')}
      data-vip={machine.vip}
      onClick={() => openSheet(page, { is: 'machine', machine: machine.id })}
    >
      <Icon size={22} aria-hidden />
      <span className="map-box-text">
        <strong className="map-name">{machine.name}</strong>
        <span className="hint">{words.kinds[machine.kind]}</span>
        {address !== undefined && address !== machine.name && <span className="hint">{address}</span>}
        <span className="map-box-signs">
          <HealthBadge machine={machine} />
          {isBeside && machine.cluster.is !== 'none' && <Standing machine={machine} />}
          {machine.here && reached.length === 0 && <span className="hint">{words.picture.noWay}</span>}
          {!machine.here && (
            <span className="hint">
              <Ago at={machine.lastSeen} />
            </span>
          )}
        </span>
        {machine.vip !== undefined && <span className="hint">{words.picture.holdsVip}</span>}
      </span>
    </button>
  );
}

import {
  Box,
  Cable,
  CircleCheck,
  CircleDot,
  CircleQuestionMark,
  Container,
  Cpu,
  EthernetPort,
  Lock,
  OctagonX,
  Server,
  ServerCog,
  SquareTerminal,
  TriangleAlert,
  Unplug,
} from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import { useStore } from 'zustand';
import type { SiteId } from '../../../preload/contract/ids.ts';
import type { Machine, MachineKind, MachineNote } from '../../../preload/contract/scan.ts';
import { Badge } from '../../ui/Verdict.tsx';
import type { Tone } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { healthOf, isTelling } from './machines.ts';
import type { Health } from './machines.ts';

export const kindIcons: Record<MachineKind, LucideIcon> = {
  'k3s-server': ServerCog,
  'k3s-agent': Server,
  k3s: Server,
  rke2: Container,
  kubernetes: Container,
  talos: Container,
  registry: Box,
  ssh: SquareTerminal,
  serial: EthernetPort,
  other: Cpu,
  closed: Lock,
};

const healthLooks: Record<Health, { readonly tone: Tone; readonly icon: LucideIcon }> = {
  missing: { tone: 'bad', icon: Unplug },
  bad: { tone: 'bad', icon: OctagonX },
  warn: { tone: 'warn', icon: TriangleAlert },
  here: { tone: 'good', icon: CircleCheck },
  noticed: { tone: 'quiet', icon: CircleDot },
  plugged: { tone: 'quiet', icon: Cable },
};

export const noteTones: Record<MachineNote['tone'], Tone> = {
  good: 'good',
  info: 'quiet',
  warn: 'warn',
  bad: 'bad',
};

/** How a machine stands, in a word with its sign. */
export function HealthBadge({ machine }: { readonly machine: Machine }) {
  const words = useWords().map.healths;
  const health = healthOf(machine);
  return <Badge {...healthLooks[health]}>{words[health]}</Badge>;
}

/** Names a site; one that this laptop does not have any more is called that. */
export function useSiteName(): (site: SiteId) => string {
  const sites = useStore(usePage().sites, state => state.sites.value);
  const words = useWords().map.standing;
  return site => sites?.find(each => each.id === site)?.name ?? words.goneSite;
}

/** Which cluster a machine belongs to, in words that never say more than was proved. */
export function useStanding(): (machine: Machine) => string {
  const words = useWords().map.standing;
  const nameOf = useSiteName();
  return machine => {
    const { cluster, kind } = machine;
    switch (cluster.is) {
      case 'yours': {
        const say = kind === 'k3s-server' ? words.server : kind === 'k3s-agent' ? words.agent : words.yours;
        return say(nameOf(cluster.site));
      }
      case 'known':
        return words.known(nameOf(cluster.site));
      case 'unknown':
        return words.unknown;
      case 'claims':
        return words.claims(nameOf(cluster.site));
      case 'none':
        return isTelling(machine) ? words.none : words.untold;
      default:
        return cluster satisfies never;
    }
  };
}

/** A standing that asks for care has a sign besides its words. */
export function Standing({ machine }: { readonly machine: Machine }) {
  const says = useStanding()(machine);
  if (machine.cluster.is === 'claims')
    return (
      <Badge tone="bad" icon={TriangleAlert}>
        {says}
      </Badge>
    );
  if (machine.cluster.is === 'unknown')
    return (
      <Badge tone="warn" icon={CircleQuestionMark}>
        {says}
      </Badge>
    );
  return <>{says}</>;
}

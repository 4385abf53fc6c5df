import { FieldError } from '../../../preload/contract/failure.ts';
import { isIn } from '../../core/lan/cidr.ts';
import type { Network } from '../../core/lan/cidr.ts';
import { wireOf } from './plan.ts';
import type { Scanning } from './plan.ts';

/** Networks that cannot be asked any more. */
export interface Losses {
  /** The laptop itself could not ask this address. Said once for each network; the rest of it is left. */
  readonly couldNot: (address: string, code: string) => Promise<void>;
  readonly isLost: (address: string) => boolean;
  /** Every address of this network could be asked. */
  readonly isWhole: (network: Network) => boolean;
  readonly left: readonly string[];
}

const gone: readonly string[] = ['ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'ENODEV', 'EINVAL', 'ENXIO'];
/** This process has too much open at the moment: the address is asked again by the second round. */
const passing: readonly string[] = ['EMFILE', 'ENFILE', 'ENOBUFS', 'EAGAIN'];

export function losses({ senses, plan, tell }: Scanning): Losses {
  const lost = new Set<string>();
  const told: string[] = [];
  /** Addresses of a network this laptop has no way to, though the network's interface is there. */
  const without = new Map<string, number>();

  const isStillThere = async (network: Network): Promise<boolean> => {
    const name = wireOf(plan, network);
    const wires = await senses.wires().catch(() => []);
    return wires.some(each => each.name === name && each.plugged !== false && each.addresses.length > 0);
  };
  const lose = (network: Network, sentence: string, failure: FieldError): void => {
    // Many addresses are asked at once; it is said once.
    if (lost.has(network.text)) return;
    lost.add(network.text);
    told.push(sentence);
    tell.trouble(failure);
  };

  return {
    get left() {
      return [
        ...told,
        ...[...without].map(([network, n]) => `${network}: this laptop has no way to ${n} of its addresses.`),
      ];
    },
    isWhole: ({ text }) => !lost.has(text) && !without.has(text),
    isLost: address => plan.networks.some(network => lost.has(network.text) && isIn(network, address)),
    async couldNot(address, code) {
      const network = plan.networks.find(each => isIn(each, address));
      if (!network || lost.has(network.text) || passing.includes(code)) return;
      const { text } = network;
      if (!gone.includes(code)) {
        lose(
          network,
          `${text}: this laptop does not let Coldstart send there (${code}).`,
          notAllowed(text, code),
        );
        return;
      }
      if (await isStillThere(network)) {
        without.set(text, (without.get(text) ?? 0) + 1);
        return;
      }
      const wire = wireOf(plan, network);
      const sentence =
        wire === undefined
          ? `${text}: this laptop has no way there.`
          : `${text} went away while it was asked; what was found until then is kept.`;
      lose(network, sentence, networkGone(text, wire));
    },
  };
}

const networkGone = (network: string, wire: string | undefined): FieldError =>
  new FieldError({
    code: 'gone-away',
    says:
      wire === undefined
        ? `This laptop has no way to ${network}.`
        : `The interface ${wire} went away, and ${network} with it.`,
    about: network,
    untouched: 'What was found until then is kept; nothing was changed on any machine.',
    next: 'Check the cable, the adapter and this laptop’s address, then scan again.',
  });

const notAllowed = (network: string, code: string): FieldError =>
  new FieldError({
    code: 'could-not',
    says: `This laptop does not let Coldstart send to ${network} (${code}).`,
    about: network,
    untouched: 'Nothing was sent there.',
    next: 'A firewall or a VPN on this laptop may forbid it: allow it or switch it off, then scan again.',
  });

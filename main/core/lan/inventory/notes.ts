import type { MachineCertificate, MachineNote } from '../../../../preload/contract/scan.ts';
import { notSeenSince } from './changes.ts';
import type { KnownMachine } from './machine.ts';

const day = 86_400_000;
/** K3s renews what ends within 120 days when it starts; below this nobody has restarted it for months. */
const soonDays = 30;
/** Certificates are judged by the clock: K3s dates them, and joining fails where clocks differ. */
const offSeconds = { told: 60, wrong: 300 } as const;

const dated = (at: string): string => at.slice(0, 10);

function endNote(certificate: MachineCertificate, now: number): readonly MachineNote[] {
  const { port, notBefore, notAfter } = certificate;
  const days = Math.floor((Date.parse(notAfter) - now) / day);
  if (Date.parse(notBefore) > now)
    return [
      {
        tone: 'bad',
        says: `Its certificate on port ${port} begins on ${dated(notBefore)}: one of the two clocks is wrong.`,
        next: 'Check the time of this laptop first, then the clock of the node.',
      },
    ];
  if (days < 0)
    return [
      {
        tone: 'bad',
        says: `Its certificate on port ${port} ended on ${dated(notAfter)}.`,
        next: 'Open the doctor for this node; it offers the remedy that renews certificates.',
      },
    ];
  if (days >= soonDays) return [];
  return [
    {
      tone: 'warn',
      says: `Its certificate on port ${port} ends in ${days} days, on ${dated(notAfter)}.`,
      next: 'A restart of K3s renews it: plan one before you leave.',
    },
  ];
}

/** `3 h 20 min`, `40 s`. */
function span(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.round(hours / 24)} days`;
}

function clockNote(offset: number | undefined): readonly MachineNote[] {
  const off = Math.abs(offset ?? 0);
  if (offset === undefined || off <= offSeconds.told) return [];
  const says = `Its clock is ${span(off)} ${offset < 0 ? 'behind' : 'ahead of'} this laptop’s.`;
  const next = 'Check the time of this laptop first. If it is right, set the clock of the node.';
  return [{ tone: off > offSeconds.wrong ? 'bad' : 'warn', says, next }];
}

const portsText = (all: readonly { readonly port: number }[]): string =>
  `${all.length === 1 ? 'Port' : 'Ports'} ${all.map(({ port }) => port).join(', ')}`;

function portNotes({ services, kind, here }: KnownMachine): readonly MachineNote[] {
  if (!here) return [];
  const silent = services.filter(({ state }) => state === 'silent').map(({ port }) => port);
  const answers = services.some(({ state }) => state !== 'silent');
  const strange = services.filter(each => each.strange === true);
  return [
    ...(silent.length > 0 && answers
      ? [
          {
            tone: 'info' as const,
            says: `A firewall seems to drop what is sent to ${silent.length === 1 ? 'port' : 'ports'} ${silent.join(', ')}.`,
          },
        ]
      : []),
    ...(kind === 'closed'
      ? [
          {
            tone: 'info' as const,
            says: answers
              ? 'It is there, but offers nothing on the ports that were asked.'
              : 'It is there, but answers nothing: a firewall drops what is sent to it.',
            next: 'If it should be a node: look at it over its serial console.',
          },
        ]
      : []),
    ...[...Map.groupBy(strange, each => each.says)].map(([says, all]) => ({
      tone: 'warn' as const,
      says: `${portsText(all)} ${all.length === 1 ? 'does' : 'do'} not talk as it should. ${says}`,
    })),
  ];
}

function changeNotes({ events, here }: KnownMachine): readonly MachineNote[] {
  const [newest] = events;
  if (!here || !newest) return [];
  // Only what the newest scan brought; older changes stand in the history.
  return events
    .filter(each => each.at === newest.at)
    .flatMap((each): readonly MachineNote[] => {
      if (each.what === 'host-key-changed' || each.what === 'reinstalled')
        return [
          {
            tone: 'bad',
            says: each.says,
            next: 'Find out at the machine itself whether it was set up anew. Only then trust its new host key.',
          },
        ];
      if (each.what === 'cluster-changed') return [{ tone: 'bad', says: each.says }];
      if (each.what === 'address-changed') return [{ tone: 'info', says: each.says }];
      return [];
    });
}

/** What is worth saying about a machine, the gravest first. `at`: ISO 8601, the laptop's time. */
export function notesOf(machine: KnownMachine, at: string): readonly MachineNote[] {
  const now = Date.parse(at);
  const away: readonly MachineNote[] = machine.here
    ? []
    : [
        {
          tone: machine.node === undefined ? 'info' : 'warn',
          says: notSeenSince(machine),
          next: 'Check its power and its cable. Its serial console answers without any network.',
        },
      ];
  // One note for each end, though several ports show it.
  const ends = machine.certificates.flatMap(each => endNote(each, now));
  const all = [
    ...away,
    ...changeNotes(machine),
    ...ends,
    ...clockNote(machine.clockOffsetSeconds),
    ...portNotes(machine),
  ];
  const order = ['bad', 'warn', 'info', 'good'];
  return all.toSorted((a, b) => order.indexOf(a.tone) - order.indexOf(b.tone));
}

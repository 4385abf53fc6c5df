import type { Conflict } from '../../../../preload/contract/scan.ts';
import { v4Number } from '../cidr.ts';
import type { KnownMachine } from './machine.ts';

const listed = (machines: readonly KnownMachine[]): string => {
  const names = machines.map(({ name, addresses }) => {
    const address = addresses[0]?.address;
    return address === undefined || address === name ? name : `${name} (${address})`;
  });
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
};

/** Machines by a value that only one of them should have. */
function sharing(
  machines: readonly KnownMachine[],
  valuesOf: (machine: KnownMachine) => readonly string[],
): readonly (readonly [value: string, machines: readonly KnownMachine[]])[] {
  const by = new Map<string, KnownMachine[]>();
  for (const machine of machines)
    for (const value of new Set(valuesOf(machine))) by.set(value, [...(by.get(value) ?? []), machine]);
  return [...by].filter(([, all]) => all.length > 1);
}

/** Marks that a machine still has: those it showed when it was last seen. */
const marksNow =
  (kind: string) =>
  ({ marks }: KnownMachine): readonly string[] => {
    const newest = marks.find(mark => mark.kind === kind)?.lastSeen;
    return marks.filter(mark => mark.kind === kind && mark.lastSeen === newest).map(mark => mark.value);
  };

/** What cannot be: shown with both machines, and never merged away. */
export function conflictsOf(machines: readonly KnownMachine[]): readonly Conflict[] {
  const here = machines.filter(each => each.here);
  const addresses = sharing(here, ({ addresses: all }) =>
    // A link-local address is of one interface of this laptop; two machines with one card are told by the card.
    all.flatMap(each => (each.now ? [each.address] : [])),
  );
  const isMacOf = (machine: KnownMachine, card: string): boolean =>
    machine.marks.some(mark => mark.kind === 'mac' && mark.value === card);
  const rivals = here
    .filter(each => each.rivals.length > 0)
    .map(each => [
      each,
      ...here.filter(other => other !== each && each.rivals.some(card => isMacOf(other, card))),
    ]);
  return [
    ...addresses.map(([address, all]) => oneAddress(address, all)),
    ...takenOver(here),
    ...rivals.map(all => oneAddress(all[0]?.addresses[0]?.address ?? '', all)),
    ...sharing(here, marksNow('kubelet')).map(([name, all]) => oneName(name.replace(/ of .*$/, ''), all)),
    ...sharing(here, marksNow('host-key')).map(([key, all]) => oneKey(key, all)),
    ...sharing(machines, marksNow('machine-id')).map(([id, all]) => oneMachineId(id, all)),
    ...anotherMachine(machines),
  ];
}

const oneAddress = (address: string, all: readonly KnownMachine[]): Conflict => ({
  what: 'one-address-two-machines',
  about: address,
  machines: all.map(({ id }) => id),
  says:
    all.length > 1
      ? `${listed(all)} answer for one address, ${address}.`
      : `Another machine answers for ${address} as well; its card is ${all[0]?.rivals.join(', ')}.`,
  next: 'Give one of them another address. Until then nobody knows which of the two a command reaches.',
});

/** It had an IPv4 address, answers by IPv6 only now, and another machine answers at that address: both may have it. */
function takenOver(here: readonly KnownMachine[]): readonly Conflict[] {
  const at = new Map(
    here.flatMap(each => each.addresses.flatMap(one => (one.now ? [[one.address, each] as const] : []))),
  );
  return here.flatMap(machine => {
    if (machine.addresses.some(each => each.now && isV4(each.address))) return [];
    const lost = machine.addresses.find(each => !each.now && isV4(each.address));
    const other = lost && at.get(lost.address);
    return other && other.id !== machine.id ? [oneAddress(lost.address, [machine, other])] : [];
  });
}
const isV4 = (address: string): boolean => v4Number(address) !== undefined;

const oneName = (name: string, all: readonly KnownMachine[]): Conflict => ({
  what: 'one-name-two-machines',
  about: name,
  machines: all.map(({ id }) => id),
  says: `${listed(all)} are both called ${name} in one cluster.`,
  next: 'A cluster takes each name once. Stop K3s on the one that should not have it, and give it a name of its own.',
});

const oneKey = (key: string, all: readonly KnownMachine[]): Conflict => ({
  what: 'one-key-two-machines',
  about: key,
  machines: all.map(({ id }) => id),
  says: `${listed(all)} show one and the same SSH host key: copies of one image, or one machine with two network cards.`,
  next: 'Log in to each and compare the boot id (/proc/sys/kernel/random/boot_id). If they are two, make new host keys and a new machine-id on the copy.',
});

const oneMachineId = (id: string, all: readonly KnownMachine[]): Conflict => ({
  what: 'one-machine-id-two-machines',
  about: id,
  machines: all.map(each => each.id),
  says: `${listed(all)} have one machine-id: they are copies of one image.`,
  next: 'Make a new machine-id on the copy before it joins a cluster: remove /etc/machine-id, then systemd-machine-id-setup.',
});

/** A node is away, and another machine answers at its address. */
function anotherMachine(machines: readonly KnownMachine[]): readonly Conflict[] {
  const at = new Map(
    machines
      .filter(each => each.here)
      .flatMap(each => each.addresses.flatMap(one => (one.now ? [[one.address, each] as const] : []))),
  );
  return machines.flatMap(away => {
    const isOurs = away.node !== undefined || away.caHash !== undefined || away.issuer !== undefined;
    const address = away.addresses[0]?.address;
    const there = address === undefined ? undefined : at.get(address);
    if (away.here || !isOurs || !there || there.id === away.id || address === undefined) return [];
    return [
      {
        what: 'another-machine' as const,
        about: address,
        machines: [away.id, there.id],
        says: `At ${address}, where ${away.name} was, another machine answers now: ${there.name}.`,
        next: `Do not log in there as if it were ${away.name}. Check the cables and who gave out that address.`,
      },
    ];
  });
}

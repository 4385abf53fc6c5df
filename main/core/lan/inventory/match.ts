import type { MachineId } from '../../../../preload/contract/ids.ts';
import type { KnownMachine } from './machine.ts';
import type { Present } from './present.ts';

const marksOf = (machine: KnownMachine, kind: string): readonly string[] =>
  machine.marks.filter(mark => mark.kind === kind).map(mark => mark.value);
const shares = (marks: readonly string[], present: ReadonlySet<string>): boolean =>
  marks.some(mark => present.has(mark));

/**
 * How sure it is that this is the machine; 0: not at all. An address is no sign of identity, it only breaks a tie. A machine
 * that has another name in its cluster and another card is another one, though it was made from the same image.
 */
function likeness(machine: KnownMachine, present: Present): number {
  const [keys, macs, kubelets] = ['host-key', 'mac', 'kubelet'].map(kind => marksOf(machine, kind));
  const isKey = shares(keys ?? [], present.hostKeys);
  const isMac = shares(macs ?? [], present.macs);
  const isKubelet = shares(kubelets ?? [], present.kubelets);
  const isOtherName = !isKubelet && (kubelets ?? []).length > 0 && present.kubelets.size > 0;
  if (isOtherName && !isMac) return 0;
  const sure = (isKey ? 8 : 0) + (isKubelet ? 8 : 0) + (isMac ? 4 : 0);
  if (sure > 0) return sure + (isAtAddress(machine, present) ? 1 : 0);
  return isBare(machine, present) && isAtAddress(machine, present) ? 1 : 0;
}

const isAtAddress = (machine: KnownMachine, present: Present): boolean =>
  present.seen.some(({ sighting }) =>
    machine.addresses.some(each => each.now && each.address === sighting.address),
  );

/** Nothing that would tell them apart: where only an address is known, the address is all there is. */
const isBare = (machine: KnownMachine, present: Present): boolean =>
  machine.serial === undefined &&
  (['host-key', 'mac', 'kubelet'] as const).every(kind => {
    const now = { 'host-key': present.hostKeys, mac: present.macs, kubelet: present.kubelets }[kind];
    return marksOf(machine, kind).length === 0 || now.size === 0;
  });

/** Which known machine each present one is. No two of them are the same; what is surest is decided first. */
export function matched(
  before: readonly KnownMachine[],
  present: readonly Present[],
): ReadonlyMap<Present, KnownMachine> {
  const found: {
    readonly now: Present;
    readonly machine: KnownMachine;
    readonly sure: number;
    readonly at: number;
  }[] = [];
  const byMark = indexed(before);
  present.forEach((now, at) => {
    const candidates = new Set<KnownMachine>();
    for (const key of keysOf(now)) for (const machine of byMark.get(key) ?? []) candidates.add(machine);
    for (const machine of candidates) {
      const sure = likeness(machine, now);
      if (sure > 0) found.push({ now, machine, sure, at });
    }
  });
  const taken = new Set<MachineId>();
  const result = new Map<Present, KnownMachine>();
  for (const { now, machine } of found.toSorted(
    (a, b) => b.sure - a.sure || a.at - b.at || (a.machine.id < b.machine.id ? -1 : 1),
  )) {
    if (taken.has(machine.id) || result.has(now)) continue;
    taken.add(machine.id);
    result.set(now, machine);
  }
  return result;
}

const keysOf = (now: Present): readonly string[] => [
  ...now.hostKeys,
  ...now.macs,
  ...now.kubelets,
  ...now.seen.map(({ sighting }) => sighting.address),
];

function indexed(before: readonly KnownMachine[]): ReadonlyMap<string, readonly KnownMachine[]> {
  const by = new Map<string, KnownMachine[]>();
  const put = (key: string, machine: KnownMachine): void => {
    const list = by.get(key);
    if (list) list.push(machine);
    else by.set(key, [machine]);
  };
  for (const machine of before) {
    for (const { value } of machine.marks) put(value, machine);
    for (const { address } of machine.addresses) put(address, machine);
  }
  return by;
}

import type { Inventory, Machine } from '../../../preload/contract/scan.ts';
import type { LanHost } from './host.ts';
import { foundPorts, machinesOf } from './scanner.ts';

/** How much of the truth an inventory shows: hosts, and their open ports among those asked. */
export interface Recall {
  readonly found: number;
  readonly all: number;
  readonly missed: readonly string[];
}

/**
 * Counts each host and each of its open ports; `ports` are those that were asked, all by default. Of a machine that is
 * nothing (a tarpit, garbage) only the machine counts: nobody asks a tarpit on nine ports.
 */
export function recall(inventory: Inventory, hosts: readonly LanHost[], ports?: readonly number[]): Recall {
  const wasAsked = (port: number): boolean => ports?.includes(port) ?? true;
  const counted = (host: LanHost): number[] =>
    host.kind === 'other' ? [] : openPorts(host).filter(wasAsked);
  const missed = hosts.flatMap(host => {
    const found = foundPorts(inventory, host);
    return [
      ...(machinesOf(inventory, host).length > 0 ? [] : [host.name]),
      ...counted(host)
        .filter(port => !found.has(port))
        .map(port => `${host.name} ${port}`),
    ];
  });
  const all = hosts.reduce((sum, host) => sum + 1 + counted(host).length, 0);
  return { found: all - missed.length, all, missed };
}

const openPorts = (host: LanHost): number[] =>
  Object.entries(host.ports).flatMap(([port, is]) => (is === 'open' ? [Number(port)] : []));

const marksOf = (machine: Machine, kind: string): readonly string[] =>
  machine.marks.flatMap(mark => (mark.kind === kind ? [mark.value] : []));

/**
 * Everything the inventory says of a machine that is not true of the host with its network card. `ours` is the cluster
 * whose CA the site knows.
 */
export function falseIdentities(
  inventory: Inventory,
  hosts: readonly LanHost[],
  ours: string,
): readonly string[] {
  return inventory.machines.flatMap(machine => {
    const macs = marksOf(machine, 'mac');
    const host = hosts.find(one => macs.includes(one.mac));
    if (host === undefined) return [`${machine.name}: no host has its card (${macs.join(', ')})`];
    return untrue(machine, host, ours).map(what => `${machine.name} (${host.name}): ${what}`);
  });
}

function untrue(machine: Machine, host: LanHost, ours: string): readonly string[] {
  const own = new Set([...host.addresses, `${host.linkLocal}%eth0`]);
  const keys: readonly string[] = Object.values(host.hostKeys);
  const isOurs = host.cluster === ours;
  const { is } = machine.cluster;
  const node = host.cluster === undefined ? undefined : host.node;
  const name = (mark: string): string => mark.replace(/ of .*$/, '');
  return [
    ...marksOf(machine, 'mac')
      .filter(mac => mac !== host.mac)
      .map(mac => `has another's card ${mac}`),
    ...marksOf(machine, 'host-key')
      .filter(key => !keys.includes(key))
      .map(key => `has another's host key ${key}`),
    ...machine.addresses.flatMap(one =>
      one.now && !own.has(one.address) ? [`has another's address ${one.address}`] : [],
    ),
    ...(machine.kind === host.kind ? [] : [`is called ${machine.kind}, not ${host.kind}`]),
    ...((is === 'yours' || is === 'known') && !isOurs ? [`is said to be ${is}`] : []),
    ...(is === 'claims' && (isOurs || host.caHash === undefined) ? ['is said to claim'] : []),
    ...(is === 'none' && host.cluster !== undefined ? ['is said to be in no cluster'] : []),
    ...(is === 'unknown' && isOurs ? ['is ours, and said to be unknown'] : []),
    ...marksOf(machine, 'kubelet')
      .filter(mark => node !== undefined && /^[\w.-]+$/.test(node) && name(mark) !== node)
      .map(mark => `is called ${mark}, not ${node}`),
  ];
}

import type { SiteNode } from '../../../../preload/contract/domain.ts';
import type { MachineId } from '../../../../preload/contract/ids.ts';
import type { MachineEvent, MachineMark } from '../../../../preload/contract/scan.ts';
import { isIn, networkOf, v4Number } from '../cidr.ts';
import { kubeletProofs } from '../kubelet-proof.ts';
import type { KubeletProof } from '../kubelet-proof.ts';
import { changesOf, missing } from './changes.ts';
import { matched } from './match.ts';
import type { Ground, KnownMachine, Visit } from './machine.ts';
import { byAddress } from './order.ts';
import { isShared, presentMachines } from './present.ts';
import type { Present } from './present.ts';

/** Events of a machine that are kept. */
const mostEvents = 200;
const mostAddresses = 64;
const mostMarks = 64;

/**
 * The inventory after a scan, or in the middle of one: what was seen joins the machines that it is by their marks, never by
 * an address alone; what is new is added; who was asked for in vain is missing. The same scan folded twice changes nothing.
 */
export function fold(before: readonly KnownMachine[], visit: Visit, ground: Ground): readonly KnownMachine[] {
  const present = presentMachines(visit.sightings);
  const known = matched(before, present);
  const proofs = kubeletProofs(visit.sightings);
  const seen = present.map(now => updated(known.get(now), now, proofs, ground.idFor(keyOf(now))));
  const isSeen = new Set(seen.map(each => each.id));
  const wasAsked = askedOf(visit.asked);
  const others = before
    .filter(each => !isSeen.has(each.id))
    .map(each => (each.here && wasAsked(each) ? missing(each, visit.at) : each));
  return onSerial(withNodes([...others, ...seen], ground.nodes), visit, ground);
}

/** By what a new machine is told from the others of the same scan, while it is still being asked. */
function keyOf(now: Present): string {
  const [mac] = [...now.macs].toSorted();
  return mac ?? now.seen[0]?.sighting.address ?? '';
}

/** Whether one of a machine's addresses was asked. */
function askedOf(asked: readonly string[]): (machine: KnownMachine) => boolean {
  const networks = asked.map(networkOf);
  return ({ addresses }) =>
    addresses.some(each => each.now && networks.some(network => isIn(network, each.address)));
}

/** The longest-known first; what is `now` stands before what was. */
function addressesAfter(before: KnownMachine['addresses'], now: Present): KnownMachine['addresses'] {
  const seen = new Map(now.seen.map(({ sighting }) => [sighting.address, sighting.at]));
  const old = new Map(before.map(each => [each.address, each]));
  const here = [...seen].map(([address, at]) => ({
    address,
    now: true,
    firstSeen: old.get(address)?.firstSeen ?? at,
    lastSeen: at,
  }));
  const gone = before.filter(each => !seen.has(each.address)).map(each => ({ ...each, now: false }));
  return [
    ...here.toSorted((a, b) => byAddress(a.address, b.address)),
    ...gone.toSorted((a, b) => b.lastSeen.localeCompare(a.lastSeen)),
  ].slice(0, mostAddresses);
}

function marksAfter(before: readonly MachineMark[], now: Present): readonly MachineMark[] {
  const all = new Map(before.map(mark => [`${mark.kind} ${mark.value}`, mark]));
  for (const { marks, sighting } of now.seen)
    for (const { kind, value } of marks) {
      if (kind === 'mac' && isShared(value)) continue;
      const old = all.get(`${kind} ${value}`);
      const lastSeen = old && old.lastSeen > sighting.at ? old.lastSeen : sighting.at;
      all.set(`${kind} ${value}`, { kind, value, firstSeen: old?.firstSeen ?? sighting.at, lastSeen });
    }
  return [...all.values()].toSorted((a, b) => b.lastSeen.localeCompare(a.lastSeen)).slice(0, mostMarks);
}

const unique = <T>(items: readonly T[], key: (item: T) => unknown): readonly T[] => [
  ...new Map(items.map(item => [key(item), item])).values(),
];

/** One of all that answered for a value, where the addresses of a machine tell different ones. */
const firstOf = <T>(now: Present, pick: (one: Present['seen'][number]) => T | undefined): T | undefined =>
  now.seen.map(pick).find(value => value !== undefined);

const kinds = [
  'talos',
  'rke2',
  'k3s-server',
  'k3s-agent',
  'k3s',
  'kubernetes',
  'registry',
  'ssh',
  'other',
] as const;

/** An address of a server that is not the node's own: neither its kubelet nor anybody else's names it, the API does. */
function vipOf(now: Present): string | undefined {
  const v4 = now.seen.filter(({ sighting }) => v4Number(sighting.address) !== undefined);
  const vrrp = v4.find(({ sighting }) => sighting.mac !== undefined && isShared(sighting.mac));
  if (vrrp) return vrrp.sighting.address;
  const namesAt = (port: number): readonly string[] =>
    v4.flatMap(({ sighting }) => {
      const what = sighting.ports.get(port);
      return what?.is === 'open' ? (what.talk.certificates?.[0]?.names ?? []) : [];
    });
  const own = namesAt(10_250);
  if (v4.length < 2 || own.length === 0) return undefined;
  const api = new Set(namesAt(6443));
  return v4.find(({ sighting: { address } }) => !own.includes(address) && api.has(address))?.sighting.address;
}

/** Of which CA it holds a certificate, as far as this scan shows; an agent heard without its servers is what it proved before. */
function belonging(
  machine: KnownMachine | undefined,
  now: Present,
  proofs: ReadonlyMap<string, KubeletProof>,
): Pick<KnownMachine, 'caHash' | 'proves' | 'forged'> {
  // What proves its cluster counts before what only shows one.
  const api = now.seen.find(one => one.provesCa) ?? now.seen.find(one => one.caHash !== undefined);
  if (api?.caHash !== undefined) return { caHash: api.caHash, proves: api.provesCa };
  const kubelet = now.seen
    .map(({ sighting }) => proofs.get(sighting.address))
    .find(proof => proof !== undefined);
  if (kubelet?.is === 'proven') return { caHash: kubelet.caHash, proves: true };
  if (kubelet?.is === 'forged') return { proves: false, forged: true };
  const leaf = now.seen.flatMap(one => one.certificates).find(({ port }) => port === 10_250)?.sha256;
  const isSameLeaf =
    leaf !== undefined &&
    machine?.certificates.some(({ port, sha256 }) => port === 10_250 && sha256 === leaf);
  return machine?.proves === true && isSameLeaf === true && machine.caHash !== undefined
    ? { caHash: machine.caHash, proves: true }
    : { proves: false };
}

function updated(
  machine: KnownMachine | undefined,
  now: Present,
  proofs: ReadonlyMap<string, KubeletProof>,
  fresh: MachineId,
): KnownMachine {
  const times = now.seen.map(({ sighting }) => sighting.at).toSorted();
  const first = times[0] ?? '';
  const last = times.at(-1) ?? '';
  const kubelet = firstOf(now, one => one.kubelet);
  const isAnswering = now.seen.some(({ services }) => services.length > 0);
  const services = unique(
    now.seen
      .flatMap(one => one.services)
      .toSorted((a, b) => a.port - b.port || rankOf(b.state) - rankOf(a.state)),
    each => each.port,
  );
  const vip = vipOf(now);
  const own = now.seen.filter(({ sighting }) => sighting.address !== vip);
  const addresses = addressesAfter(machine?.addresses ?? [], now).toSorted(
    (a, b) => Number(a.now && a.address === vip) - Number(b.now && b.address === vip),
  );
  const ssh = own.flatMap(({ sighting, services: all }) =>
    all.flatMap(each =>
      each.what === 'ssh' && each.state === 'open' ? [{ address: sighting.address, port: each.port }] : [],
    ),
  )[0];
  const names = [...new Set(now.seen.flatMap(one => one.names))].slice(0, 32);
  const issuer = kubelet?.issuer ?? issuerOf(now);
  const offset = firstOf(now, one => one.clockOffsetSeconds);
  const after: KnownMachine = {
    id: machine?.id ?? fresh,
    name: kubelet?.name ?? names[0] ?? machine?.name ?? addresses[0]?.address ?? '',
    kind: kinds.find(kind => now.seen.some(one => one.kind === kind)) ?? 'closed',
    ...belonging(machine, now, proofs),
    addresses,
    marks: marksAfter(machine?.marks ?? [], now),
    rivals: rivalsOf(now),
    services: isAnswering || !machine ? services : machine.services,
    certificates: unique(
      now.seen.flatMap(one => one.certificates),
      each => each.port,
    ),
    names,
    firstSeen: machine?.firstSeen ?? first,
    lastSeen: last,
    here: true,
    events: machine?.events ?? [],
    ...(issuer !== undefined && { issuer }),
    ...(ssh && { ssh }),
    ...(machine?.serial !== undefined && { serial: machine.serial }),
    ...(offset !== undefined && { clockOffsetSeconds: offset }),
    ...(vip !== undefined && { vip }),
  };
  const found: MachineEvent = { at: first, what: 'found', says: 'Found for the first time.' };
  const events = machine ? changesOf(machine, after, now, first) : [found];
  return { ...after, events: [...events.toReversed(), ...after.events].slice(0, mostEvents) };
}

const rankOf = (state: string): number => (state === 'open' ? 0 : state === 'closed' ? 1 : 2);

/** Cards that answered for its addresses and are not its own. */
const rivalsOf = (now: Present): readonly string[] => [
  ...new Set(
    now.seen.flatMap(({ sighting }) =>
      (sighting.cards ?? []).filter(card => !now.macs.has(card) && !isShared(card)),
    ),
  ),
];

/** The CA behind the API's certificate, by its name. */
function issuerOf(now: Present): string | undefined {
  const leaf = now.seen.flatMap(one => one.certificates).find(({ port }) => port === 6443);
  return leaf && (/CN=([^,]+)/.exec(leaf.issuer)?.[1] ?? leaf.issuer);
}

/** Says of machines which node of this laptop's list they are: by the host key, the name in the cluster, then the address. */
function withNodes(machines: readonly KnownMachine[], nodes: readonly SiteNode[]): readonly KnownMachine[] {
  const found = new Map<MachineId, SiteNode>();
  const taken = new Set<string>();
  const give = (how: (machine: KnownMachine, node: SiteNode) => boolean): void => {
    for (const node of nodes) {
      if (taken.has(node.id)) continue;
      const fits = machines.filter(machine => !found.has(machine.id) && how(machine, node));
      const best = fits.find(machine =>
        machine.addresses.some(each => each.now && each.address === node.address),
      );
      const machine = best ?? fits.toSorted((a, b) => a.firstSeen.localeCompare(b.firstSeen))[0];
      if (!machine) continue;
      found.set(machine.id, node);
      taken.add(node.id);
    }
  };
  const hasKey = ({ marks }: KnownMachine, { hostKey }: SiteNode): boolean =>
    hostKey !== undefined && marks.some(mark => mark.kind === 'host-key' && mark.value === hostKey);
  give(hasKey);
  // Recorded before, and its host key changed since: it stays the node, and the change is told.
  give((machine, node) => machine.node === node.id);
  give(
    (machine, node) =>
      (node.hostKey === undefined || machine.marks.every(mark => mark.kind !== 'host-key')) &&
      machine.addresses.some(each => each.now && each.address === node.address),
  );
  return machines.map(machine => {
    const node = found.get(machine.id);
    const { node: _before, ...rest } = machine;
    if (!node) return rest;
    return { ...rest, node: node.id, name: node.name, marks: withMachineId(rest.marks, node) };
  });
}

/** The machine-id is known from a login only. */
function withMachineId(marks: readonly MachineMark[], node: SiteNode): readonly MachineMark[] {
  const { machineId, lastSeen = node.addedAt } = node;
  if (machineId === undefined || machineId === '') return marks;
  const others = marks.filter(mark => mark.kind !== 'machine-id' || mark.value !== machineId);
  const old = marks.find(mark => mark.kind === 'machine-id' && mark.value === machineId);
  return [
    { kind: 'machine-id', value: machineId, firstSeen: old?.firstSeen ?? lastSeen, lastSeen },
    ...others,
  ];
}

/** Puts serial ports to the machines at their other ends; one nobody has said anything of is a machine of its own. */
function onSerial(machines: readonly KnownMachine[], visit: Visit, ground: Ground): readonly KnownMachine[] {
  const ports = new Map(visit.serial.map(each => [each.port, each]));
  const ofNode = new Map(
    visit.serial.flatMap(each => (each.node === undefined ? [] : [[each.node, each.port]])),
  );
  const kept = machines.map((machine): KnownMachine => {
    const port = machine.node === undefined ? undefined : ofNode.get(machine.node);
    const isAlone = machine.kind === 'serial';
    if (isAlone && machine.serial !== undefined) {
      const here = ports.has(machine.serial);
      return { ...machine, here, lastSeen: here ? visit.at : machine.lastSeen };
    }
    const { serial: _before, ...rest } = machine;
    return { ...rest, ...(port !== undefined && { serial: port }) };
  });
  const placed = new Set(kept.flatMap(machine => machine.serial ?? []));
  const fresh = visit.serial
    .filter(({ port }) => !placed.has(port))
    .map(({ port, node, title }) => alone(port, node, title, visit.at, ground));
  // What stood alone until the node's machine was found on the network is that machine now.
  const isDouble = (machine: KnownMachine): boolean =>
    machine.kind === 'serial' &&
    kept.some(other => other.id !== machine.id && other.kind !== 'serial' && other.serial === machine.serial);
  return [...kept.filter(machine => !isDouble(machine)), ...fresh];
}

function alone(
  port: string,
  id: SiteNode['id'] | undefined,
  title: string | undefined,
  at: string,
  ground: Ground,
): KnownMachine {
  const node = ground.nodes.find(each => each.id === id);
  return {
    id: ground.idFor(`serial ${port}`),
    name: node?.name ?? title ?? port,
    kind: 'serial',
    proves: false,
    addresses: [],
    serial: port,
    marks: [{ kind: 'serial', value: port, firstSeen: at, lastSeen: at }],
    rivals: [],
    services: [],
    certificates: [],
    names: [],
    firstSeen: at,
    lastSeen: at,
    here: true,
    events: [{ at, what: 'found', says: 'Plugged in for the first time.' }],
    ...(node && { node: node.id }),
  };
}

import { randomUUID } from 'node:crypto';
import { Scope } from '../../main/core/scope.ts';
import { openHome } from '../../main/machine/home.ts';
import { knownMachines, saveMachines } from '../../main/store/inventory.ts';
import { openStore } from '../../main/store/open.ts';
import type { MachineId } from '../../preload/contract/ids.ts';
import type { Inventory } from '../../preload/contract/scan.ts';
import { fieldLan } from '../support/lan/field-lan.ts';
import type { HostSpec, LanHost } from '../support/lan/host.ts';
import { lanOf } from '../support/lan/lan.ts';
import type { Lan } from '../support/lan/lan.ts';
import { missedOf, nmap } from '../support/lan/nmap.ts';
import { recall } from '../support/lan/recall.ts';
import { machinesOf, scannerIn } from '../support/lan/scanner.ts';
import type { Scanned } from '../support/lan/scanner.ts';
import type { Row } from './table.ts';

const slash24 = '10.66.0.0/24';
const twoPorts = [22, 6443];
const rounds = 3;

/** Hosts that answer at once: what nmap is compared on. It waits long for firewalls that drop, and we do not. */
const answersAtOnce = ({ firewall, lateMs, ssh, kind, addresses, name }: HostSpec): boolean =>
  firewall === undefined &&
  lateMs === undefined &&
  ssh?.lateMs === undefined &&
  kind !== 'other' &&
  name !== 'hostile-names' &&
  addresses.some(address => address.startsWith('10.66.0.') && !address.includes('/'));
const plain = (last: number): HostSpec => ({
  name: `more-${last}`,
  kind: 'ssh',
  addresses: [`10.66.0.${last}`],
  ssh: {},
});

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const seconds = (ms: number): number => ms / 1000;
/** What was never reached counts as endless. */
const orNever = (ms: number | undefined): number => ms ?? Number.POSITIVE_INFINITY;
const below = (name: string, value: number, most: number, unit = 's'): Row => ({
  name,
  value,
  unit,
  bar: `< ${most}`,
  met: value < most,
});

/** Scans on a fresh home, with an empty neighbour table. */
async function freshly(
  lan: Lan,
  ask: { readonly ports?: number[]; readonly networks?: string[] } = {},
): Promise<Scanned> {
  const scanner = await scannerIn(lan);
  lan.laptop.forget();
  const scanned = await scanner.scan({ networks: [slash24], pace: 'fast', ...ask });
  await scanner.close();
  return scanned;
}

async function fast(lan: Lan): Promise<readonly Row[]> {
  const k3s = lan.hosts.filter(host => host.kind.startsWith('k3s'));
  const firsts: number[] = [];
  const prints: number[] = [];
  const theirs: number[] = [];
  const ours: number[] = [];
  const ends: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const whole = await freshly(lan);
    firsts.push(orNever(whole.firstAt(({ machines }) => machines.length > 0)));
    prints.push(orNever(whole.firstAt(map => recall(map, k3s).missed.length === 0)));
    const by = await nmap(lan, slash24);
    const two = await freshly(lan, { ports: twoPorts });
    theirs.push(by.ms);
    ours.push(orNever(two.firstAt(map => missedOf(by.open, map).length === 0)));
    ends.push(two.endedAt);
  }
  const ratio = median(theirs) / median(ours);
  const hosts = `${lan.hosts.length} hosts`;
  return [
    below(`scan: /24 with ${hosts}, fast: first machine on the map`, seconds(median(firsts)), 1),
    below('scan: all K3s nodes recognised', seconds(median(prints)), 5),
    { name: 'scan: nmap -sT -p22,6443 of the same /24', value: seconds(median(theirs)), unit: 's' },
    { name: 'scan: all that nmap found is on the map', value: seconds(median(ours)), unit: 's' },
    { name: 'scan: against nmap at the same recall', value: ratio, unit: '×', bar: '≥ 2', met: ratio >= 2 },
    { name: 'scan: to the end, late answers asked for again', value: seconds(median(ends)), unit: 's' },
  ];
}

async function polite(lan: Lan): Promise<readonly Row[]> {
  const scanner = await scannerIn(lan);
  lan.laptop.forget();
  await scanner.scan({ networks: [slash24], pace: 'fast' });
  lan.laptop.forget();
  const arp = await lan.countArp();
  const began = new Date().toISOString();
  const scanned = await scanner.scan({ networks: [slash24], pace: 'polite' });
  const { perSecond } = await arp.stop();
  await scanner.close();
  const nodes = lan.hosts.filter(host => host.node !== undefined);
  const isAgain = (map: Inventory, host: LanHost): boolean =>
    machinesOf(map, host).some(machine => machine.lastSeen > began);
  const again = scanned.firstAt(map => nodes.every(host => isAgain(map, host)));
  return [
    below('scan: default pace, known nodes are there', seconds(orNever(again)), 5),
    below('scan: default pace, /24 to its end', seconds(scanned.endedAt), 30),
    {
      name: 'scan: default pace, most ARP questions in a second',
      value: Math.max(0, ...perSecond),
      unit: '',
      bar: '< 15',
      met: Math.max(0, ...perSecond) < 15,
    },
  ];
}

async function wide(lan: Lan): Promise<readonly Row[]> {
  const table = lan.watchNeighbours();
  const scanned = await freshly(lan, { networks: ['10.66.0.0/22'], ports: twoPorts });
  const { mostUnresolved } = await table.stop();
  const { mostSockets, idleMiB, mostMiB } = scanned.weight;
  const found = recall(scanned.inventory, lan.hosts, twoPorts);
  return [
    below('scan: ports 22 and 6443 of a /22, fast', seconds(scanned.endedAt), 15),
    {
      name: 'scan: found of it',
      value: (100 * found.found) / found.all,
      unit: '%',
      bar: '≥ 99',
      met: found.found / found.all >= 0.99,
    },
    {
      name: 'scan: most unresolved neighbours at once',
      value: mostUnresolved,
      unit: '',
      bar: '≤ 256',
      met: mostUnresolved <= 256,
    },
    { name: 'scan: most sockets open', value: mostSockets, unit: '', bar: '≤ 512', met: mostSockets <= 512 },
    below('scan: memory above idle', mostMiB - idleMiB, 100, 'MiB'),
  ];
}

/** A thousand machines as a scan keeps them, multiplied from those of a real one. */
async function thousand(lan: Lan): Promise<readonly Row[]> {
  const scanner = await scannerIn(lan);
  await scanner.scan({ networks: [slash24], pace: 'fast' });
  await scanner.close();
  const home = openHome({ env: { COLDSTART_HOME: scanner.home }, world: 'practice' });
  const store = openStore(home.db);
  const real = store.read(knownMachines);
  const many = Array.from({ length: 1000 }, (_, i) => {
    const machine = real[i % real.length];
    if (machine === undefined) throw new Error('the scan found nothing');
    const suffix = Math.floor(i / real.length);
    return {
      ...machine,
      id: randomUUID() as MachineId,
      name: `${machine.name}-${suffix}`,
      addresses: machine.addresses.map(one => ({
        ...one,
        address: one.address.replace('10.66.0', `10.66.${suffix}`),
      })),
      marks: machine.marks.map(mark => ({ ...mark, value: `${mark.value}-${suffix}` })),
    };
  });
  store.write(db => saveMachines(db, many, real));
  store.close();
  const again = await scannerIn(lan, scanner.home);
  const { machines, ms } = await again.show();
  await again.close();
  return [below(`scan: inventory of ${machines} machines opens`, seconds(ms), 1)];
}

export async function bench(): Promise<readonly Row[]> {
  const scope = new Scope();
  try {
    const { hosts } = await fieldLan();
    const sane = hosts.filter(answersAtOnce);
    const more = [201, 202, 203, 204, 205, 206, 207, 208].map(plain);
    const lan = await lanOf({ hosts: [...sane, ...more].slice(0, Math.max(30, sane.length)) });
    scope.later(() => lan.close());
    const rows = [...(await fast(lan)), ...(await thousand(lan)), ...(await polite(lan))];
    const four = await lanOf({ hosts: hosts.filter(answersAtOnce), laptop: '10.66.0.250/22' });
    scope.later(() => four.close());
    return [...rows, ...(await wide(four))];
  } finally {
    await scope.close();
  }
}

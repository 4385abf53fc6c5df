import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Machine, MachineCertificate } from '../../../preload/contract/scan.ts';
import {
  addressOf,
  drawn,
  expiryOf,
  healthOf,
  heardSince,
  isTelling,
  pictured,
  tabled,
} from '../../../renderer/features/map/machines.ts';
import type { Group } from '../../../renderer/features/map/machines.ts';
import { crowded, machine, machineId, northInventory } from '../../support/page/made-up-map.ts';
import { sites } from '../../support/page/made-up.ts';

const all = northInventory();
const names = (machines: readonly Machine[]): readonly string[] => machines.map(({ name }) => name);
const shown = (group: Group | undefined): readonly (readonly string[])[] =>
  group ? [group.servers, group.agents, group.others].map(names) : [];

test('what is not there is missing, whatever else is known of it', () => {
  const notes = [{ tone: 'bad', says: 'Its certificate has expired.' } as const];
  assert.equal(healthOf(machine(1, 'a', { here: false, notes })), 'missing');
  assert.equal(healthOf(machine(1, 'a', { notes })), 'bad');
});

test('a machine answers only when a port of it does', () => {
  const port = { port: 22, what: 'ssh', says: '' } as const;
  const info = { notes: [{ tone: 'info', says: 'A switch.' } as const] };
  assert.equal(healthOf(machine(1, 'a', { ...info, services: [{ ...port, state: 'open' }] })), 'here');
  assert.equal(healthOf(machine(1, 'a', { services: [{ ...port, state: 'closed' }] })), 'noticed');
  assert.equal(healthOf(machine(1, 'a', { addresses: [], serial: '/dev/ttyUSB0' })), 'plugged');
});

test('of what tells nothing it is not said that it is in no cluster', () => {
  assert.equal(isTelling(machine(1, 'a', { addresses: [], serial: '/dev/ttyUSB0' })), false);
  assert.equal(isTelling(machine(1, 'a', { cluster: { is: 'known', site: sites.north } })), true);
  const open = { port: 22, what: 'ssh', says: '', state: 'open' } as const;
  assert.equal(isTelling(machine(1, 'a', { services: [open] })), true);
});

test('the picture begins with the site’s own cluster, and every machine that is there stands in it once', () => {
  const groups = pictured(all, sites.north);
  assert.deepEqual(shown(groups[0]), [
    ['summit-1', 'summit-2', 'summit-3'],
    ['hut-2', 'mast-3'],
    ['registry'],
  ]);
  assert.deepEqual(shown(groups[1]), [['k3s-lab'], ['k3s-lab-worker'], []]);
  assert.equal(groups.length, 3);
  const drawnNames = groups.flatMap(group => shown(group).flat());
  assert.deepEqual(drawnNames.toSorted(), names(all.machines).toSorted());
});

test('a machine that only claims to be of the site never stands in its cluster', () => {
  const [own, , beside] = pictured(all, sites.north);
  assert.ok(!shown(own).flat().includes('192.168.40.24'));
  assert.ok(shown(beside).flat().includes('192.168.40.24'));
});

test('a stranger that is gone is left to the table, a node of the site that is gone is not', () => {
  const machines = all.machines.map(each => ({ ...each, here: false }));
  const groups = pictured({ ...all, machines, topologies: [] }, sites.north);
  assert.deepEqual(groups.map(shown), [
    [[], [], ['hut-2', 'mast-3', 'registry', 'summit-1', 'summit-2', 'summit-3']],
  ]);
});

test('without a site every cluster is drawn all the same', () => {
  assert.equal(pictured(all, undefined)[0]?.servers.length, 1);
  assert.equal(pictured(all, undefined).length, 3);
});

test('the table is filtered by site, and by what belongs to none', () => {
  const ofSite = names(tabled(all.machines, 'site', '', sites.north));
  assert.deepEqual(ofSite.slice(0, 3), ['summit-1', 'summit-2', 'summit-3']);
  // What claims to be of the site is looked for there, after what proved it.
  assert.deepEqual(ofSite, [
    'summit-1',
    'summit-2',
    'summit-3',
    'hut-2',
    'mast-3',
    'registry',
    '192.168.40.24',
  ]);
  const unknown = names(tabled(all.machines, 'unknown', '', sites.north));
  assert.ok(unknown.includes('192.168.40.24') && unknown.includes('camera-1'));
  assert.ok(!unknown.includes('registry') && !unknown.includes('summit-1'));
});

test('a machine is found by a part of its name or address, and by its MAC however it is written', () => {
  const find = (sought: string): readonly string[] => names(tabled(all.machines, 'all', sought, sites.north));
  assert.deepEqual(find('SUMMIT-2'), ['summit-2']);
  assert.deepEqual(find('40.16'), ['registry']);
  assert.deepEqual(find('enx0011'), ['fe80::5054:ff:fe12:9901%enx001122334455']);
  for (const mac of ['52:54:00:12:34:17', '52-54-00-12-34-17', '525400123417', '12:34:17'])
    assert.deepEqual(find(mac), ['switch-hall.station.example'], mac);
  assert.deepEqual(find('no such thing'), []);
});

test('a name with digits sorts as people count', () => {
  const agents = tabled(crowded(12).machines, 'all', 'mast', sites.north);
  assert.deepEqual(names(agents).slice(0, 3), ['mast-1', 'mast-2', 'mast-3']);
  assert.equal(names(agents).at(-1), 'mast-12');
});

test('a thousand machines are filtered, searched and sorted within a keystroke', () => {
  const many = crowded(1000).machines;
  tabled(many, 'all', '', sites.north);
  const began = performance.now();
  assert.equal(tabled(many, 'all', 'mast-99', sites.north).length, 11);
  assert.ok(performance.now() - began < 100, `${performance.now() - began} ms`);
});

test('a row that is too long for a picture shows first what needs somebody', () => {
  const machines = crowded(80).machines;
  const most = drawn(machines, 10);
  assert.equal(most.length, 10);
  assert.equal(most[0]?.name, 'summit-3');
  assert.equal(drawn(machines, 1000), machines);
});

test('heard is what has a newer moment than before, told without any clock', () => {
  const later = {
    ...all,
    machines: all.machines.map((each, i) => (i < 2 ? { ...each, lastSeen: '2031' } : each)),
  };
  assert.deepEqual(names(heardSince(all, later)), ['summit-1', 'summit-2']);
  assert.equal(heardSince(undefined, all).length, all.machines.length);
});

test('the address a machine answers at comes before those it had', () => {
  const at = (address: string, now: boolean) => ({ address, now, firstSeen: '2026', lastSeen: '2026' });
  assert.equal(
    addressOf(machine(1, 'a', { addresses: [at('10.0.0.1', false), at('10.0.0.2', true)] })),
    '10.0.0.2',
  );
  assert.equal(addressOf(machine(1, 'a', { addresses: [at('10.0.0.1', false)] })), '10.0.0.1');
  assert.equal(addressOf(machine(1, 'a', { addresses: [] })), undefined);
});

test('a certificate is told by what it is at this moment', () => {
  const at = Date.parse('2026-11-23T00:00:00Z');
  const of = (notBefore: string, notAfter: string): MachineCertificate => ({
    port: 6443,
    subject: 'CN=k3s',
    issuer: 'CN=ca',
    sha256: 'aa',
    notBefore,
    notAfter,
  });
  assert.deepEqual(
    [
      of('2025-01-01', '2026-11-22'),
      of('2025-01-01', '2026-12-01'),
      of('2025-01-01', '2027-12-01'),
      of('2026-12-01', '2027-12-01'),
    ].map(each => expiryOf(each, at)),
    ['expired', 'ends-soon', 'good', 'not-yet'],
  );
});

test('ids of machines that are not in the inventory are no machines', () => {
  const topologies = [{ site: sites.north, servers: [machineId(99)], agents: [] }];
  const [group] = pictured({ ...all, machines: [], topologies }, sites.north);
  assert.equal(group, undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MachineId, SiteId } from '../../../../preload/contract/ids.ts';
import type { Inventory } from '../../../../preload/contract/scan.ts';
import { Story, sightingsOf } from '../../../support/lan-story.ts';
import type { Told } from '../../../support/lan-story.ts';

const ca = { hash: 'a'.repeat(64), proves: true };
const day = (n: number): string => `2026-05-${String(n).padStart(2, '0')}T10:00:00.000Z`;

const one: Told = {
  mac: '02:00:00:00:00:01',
  addresses: ['10.0.1.11', 'fe80::ff:fe00:1%eth0'],
  key: 'SHA256:one',
  node: { name: 'dome-1', made: 'first' },
  ca,
  etcd: true,
};
const two: Told = {
  ...one,
  mac: '02:00:00:00:00:02',
  addresses: ['10.0.1.12'],
  key: 'SHA256:two',
  node: { name: 'dome-2', made: 'first' },
};
const agent: Told = {
  mac: '02:00:00:00:00:03',
  addresses: ['10.0.1.13'],
  key: 'SHA256:three',
  node: { name: 'dome-3', made: 'first' },
};
const plc: Told = { mac: '02:00:00:00:00:40', addresses: ['10.0.1.40'] };

const named = ({ machines }: Inventory, name: string) => {
  const found = machines.filter(each => each.name === name);
  assert.equal(found.length, 1, `${name}: ${machines.map(each => each.name).join(', ')}`);
  const [one] = found;
  assert.ok(one);
  return one;
};
const events = (inventory: Inventory, name: string): readonly string[] =>
  named(inventory, name).events.map(each => each.what);

test('ten visits: addresses, host keys, a node set up anew, a copied image; the inventory tells what truly happened', () => {
  const story = new Story();
  story.sites.push({ id: 'dome' as SiteId, name: 'Dome C', caHashes: [ca.hash] });

  // 1: three nodes and a controller, all new.
  let seen = story.visit(day(1), one, two, agent, plc);
  assert.equal(seen.machines.length, 4);
  assert.deepEqual(seen.conflicts, []);
  const ids = new Map(seen.machines.map(each => [each.name, each.id]));
  assert.equal(named(seen, 'dome-1').cluster.is, 'yours');
  // An agent shows no CA, and its certificate here is only a name: that proves nothing.
  assert.equal(named(seen, 'dome-3').cluster.is, 'unknown');
  assert.deepEqual(
    named(seen, 'dome-1').addresses.map(each => each.address),
    ['10.0.1.11', 'fe80::ff:fe00:1%eth0'],
  );
  assert.deepEqual(seen.topologies[0]?.quorum, { members: 2, here: 2, needed: 2 });

  // 2: nothing changed, so nothing is told.
  seen = story.visit(day(2), plc, agent, two, one);
  for (const name of ids.keys()) assert.deepEqual(events(seen, name), ['found'], name);

  // 3: DHCP gave two of them each other's address.
  const [oneAt12, twoAt11] = [
    { ...one, addresses: ['10.0.1.12'] },
    { ...two, addresses: ['10.0.1.11'] },
  ];
  seen = story.visit(day(3), oneAt12, twoAt11, agent, plc);
  assert.equal(named(seen, 'dome-1').id, ids.get('dome-1'));
  assert.equal(named(seen, 'dome-2').id, ids.get('dome-2'));
  assert.deepEqual(events(seen, 'dome-1').slice(0, 1), ['address-changed']);
  assert.deepEqual(events(seen, 'dome-2').slice(0, 1), ['address-changed']);
  assert.deepEqual(seen.conflicts, []);

  // 4: node 3 does not answer.
  seen = story.visit(day(4), oneAt12, twoAt11, plc);
  assert.equal(named(seen, 'dome-3').here, false);
  assert.match(named(seen, 'dome-3').notes[0]?.says ?? '', /dome-3 has not been seen since Sunday 3 May/);

  // 5: it is still away: that is not told twice.
  seen = story.visit(day(5), oneAt12, twoAt11, plc);
  assert.deepEqual(events(seen, 'dome-3'), ['missing', 'found']);

  // 6: another machine has its address meanwhile.
  const stranger: Told = { mac: '02:00:00:00:00:77', addresses: ['10.0.1.13'], key: 'SHA256:stranger' };
  seen = story.visit(day(6), oneAt12, twoAt11, plc, stranger);
  assert.equal(seen.machines.length, 5);
  const [conflict] = seen.conflicts;
  assert.equal(conflict?.what, 'another-machine');
  assert.match(conflict?.says ?? '', /where dome-3 was, another machine answers now/);
  assert.equal(named(seen, 'dome-3').here, false);

  // 7: node 3 is back, on another address, and the stranger is gone.
  const agentMoved = { ...agent, addresses: ['10.0.1.23'] };
  seen = story.visit(day(7), oneAt12, twoAt11, plc, agentMoved);
  assert.equal(named(seen, 'dome-3').id, ids.get('dome-3'));
  assert.deepEqual(events(seen, 'dome-3').slice(0, 2).toSorted(), ['address-changed', 'back']);
  assert.deepEqual(seen.conflicts, []);

  // 8: node 2 was set up anew: new host key, new certificates, same card and name.
  const twoAnew: Told = { ...twoAt11, key: 'SHA256:two-anew', node: { name: 'dome-2', made: 'again' } };
  seen = story.visit(day(8), oneAt12, twoAnew, plc, agentMoved);
  assert.equal(named(seen, 'dome-2').id, ids.get('dome-2'));
  assert.equal(events(seen, 'dome-2')[0], 'reinstalled');
  assert.equal(named(seen, 'dome-2').notes[0]?.tone, 'bad');

  // 9: node 3 shows another host key, and nothing else changed: that is not a new machine, and not silently the old one.
  const agentOtherKey = { ...agentMoved, key: 'SHA256:three-other' };
  seen = story.visit(day(9), oneAt12, twoAnew, plc, agentOtherKey);
  assert.equal(events(seen, 'dome-3')[0], 'host-key-changed');

  // 10: a copy of node 1's image was started beside it.
  const copy: Told = { mac: '02:00:00:00:00:99', addresses: ['10.0.1.99'], key: 'SHA256:one' };
  seen = story.visit(day(10), oneAt12, twoAnew, plc, agentOtherKey, copy);
  const copied = seen.machines.find(each => each.addresses[0]?.address === '10.0.1.99');
  assert.notEqual(copied?.id, ids.get('dome-1'));
  assert.deepEqual(
    seen.conflicts.map(each => [each.what, each.machines.length]),
    [['one-key-two-machines', 2]],
  );
  assert.equal(seen.machines.filter(each => each.id === ids.get('dome-1')).length, 1);
});

test('the same visit folded twice adds nothing', () => {
  const story = new Story();
  story.visit(day(1), one, two, agent, plc);
  const moved = [{ ...one, addresses: ['10.0.1.50'] }, two];
  story.visit(day(2), ...moved);
  const after = story.machines;
  story.visit(day(2), ...moved);
  assert.deepEqual(story.machines, after);
});

/** Numbers that look random and are the same in every run. */
function chance(seed: number): () => number {
  let at = seed;
  return () => (at = (at * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
}

test('the order of what is heard, and how often it is looked at meanwhile, change nothing', () => {
  const all = [one, two, agent, plc, { ...plc, mac: '02:00:00:00:00:41', addresses: ['10.0.1.41'] }];
  const before = new Story();
  before.visit(day(1), one, two, plc);
  const sightings = all.flatMap(each => sightingsOf(each, day(2)));
  const folded = (order: readonly (typeof sightings)[number][], between: boolean): unknown => {
    const story = new Story();
    story.machines = before.machines;
    const ids = new Map<string, MachineId>();
    if (between) for (let n = 1; n < order.length; n++) story.seen(day(2), order.slice(0, n), ids, []);
    const names = story.seen(day(2), order, ids).map(({ id: _id, ...machine }) => machine);
    return names.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  };
  const expected = folded(sightings, false);
  const random = chance(7);
  for (let i = 0; i < 40; i++) {
    const order = sightings.map(each => [random(), each] as const).toSorted((a, b) => a[0] - b[0]);
    assert.deepEqual(
      folded(
        order.map(([, each]) => each),
        i % 2 === 0,
      ),
      expected,
      `order ${i}`,
    );
  }
});

test('a machine on two cards with its own certificates is one; a card that changed is told by its key', () => {
  const story = new Story();
  const twoCards = [one, { ...one, mac: '02:00:00:00:01:01', addresses: ['10.0.1.111'] }];
  const seen = story.visit(day(1), ...twoCards);
  assert.equal(seen.machines.length, 1);
  assert.deepEqual(seen.conflicts, []);
  const other = story.visit(day(2), { ...one, mac: '02:00:00:00:02:02' });
  assert.equal(other.machines.length, 1);
});

test('two machines of one name in a cluster, or of one machine-id, are a conflict and stay two', () => {
  const story = new Story();
  const seen = story.visit(day(1), one, {
    ...one,
    mac: '02:00:00:00:00:08',
    addresses: ['10.0.1.18'],
    key: 'SHA256:eight',
    node: { name: 'dome-1', made: 'elsewhere' },
  });
  assert.equal(seen.machines.length, 2);
  assert.deepEqual(
    seen.conflicts.map(each => each.what),
    ['one-name-two-machines'],
  );

  const copies = new Story();
  copies.node('a', { address: '10.0.1.11', hostKey: 'SHA256:one', machineId: 'f'.repeat(32) });
  copies.node('b', { address: '10.0.1.12', hostKey: 'SHA256:two', machineId: 'f'.repeat(32) });
  const shown = copies.visit(day(1), one, two);
  assert.deepEqual(
    shown.conflicts.map(each => each.what),
    ['one-machine-id-two-machines'],
  );
});

test('an address that two cards answer for is a conflict', () => {
  const story = new Story();
  const seen = story.visit(
    day(1),
    { ...plc, cards: ['02:00:00:00:00:40', '02:00:00:00:00:41'] },
    { mac: '02:00:00:00:00:41', addresses: ['fe80::41%eth0'] },
  );
  assert.deepEqual(
    seen.conflicts.map(each => [each.what, each.machines.length]),
    [['one-address-two-machines', 2]],
  );
  // Seen with IPv4 before, by IPv6 only now, while another card answers at its address.
  const later = new Story();
  later.visit(day(1), { ...plc, addresses: ['10.0.1.40', 'fe80::40%eth0'] });
  const both = later.visit(
    day(2),
    { ...plc, addresses: ['fe80::40%eth0'] },
    { mac: '02:00:00:00:00:66', addresses: ['10.0.1.40'] },
  );
  assert.deepEqual(
    both.conflicts.map(each => each.what),
    ['one-address-two-machines'],
  );
});

test('a CA that is shown without a certificate of it is a claim; an unknown one is never a site’s', () => {
  const story = new Story();
  story.sites.push({ id: 'dome' as SiteId, name: 'Dome C', caHashes: [ca.hash] });
  const rogue: Told = { mac: '02:00:00:00:00:66', addresses: ['10.0.1.66'], ca: { ...ca, proves: false } };
  const foreign: Told = {
    ...one,
    ca: { hash: 'b'.repeat(64), proves: true },
    node: { name: 'other-1', made: 'x', issuer: 'k3s-server-ca@1800000000' },
  };
  const seen = story.visit(day(1), rogue, foreign);
  const claims = seen.machines.find(each => each.addresses[0]?.address === '10.0.1.66');
  assert.equal(claims?.cluster.is, 'claims');
  assert.match(claims?.notes[0]?.says ?? '', /shows the CA of Dome C, but holds no certificate/);
  assert.equal(named(seen, 'other-1').cluster.is, 'unknown');
  assert.ok(seen.topologies.every(each => each.site === undefined));
});

test('a node of the list is known by its key wherever it stands; by its address only where nothing contradicts', () => {
  const story = new Story();
  story.sites.push({ id: 'dome' as SiteId, name: 'Dome C', caHashes: [] });
  story.node('summit', { address: '10.0.1.11', hostKey: 'SHA256:one' });
  story.node('valley', { address: '10.0.1.12', hostKey: 'SHA256:long-gone' });
  const seen = story.visit(
    day(1),
    { ...one, ca: undefined, addresses: ['10.0.1.30'] } as unknown as Told,
    two,
  );
  assert.equal(named(seen, 'summit').addresses[0]?.address, '10.0.1.30');
  assert.equal(named(seen, 'dome-2').node, undefined);
});

test('a thousand machines are folded and shown in well below a second', () => {
  const story = new Story();
  const many = Array.from({ length: 1000 }, (_, i): Told => ({
    mac: `02:00:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`,
    addresses: [`10.1.${i >> 8}.${i & 255}`],
    key: `SHA256:${i}`,
    node: { name: `node-${i}`, made: 'x' },
  }));
  for (let n = 1; n <= 5; n++) story.visit(day(n), ...many);
  const sightings = many.flatMap(each => sightingsOf(each, day(6)));
  const began = performance.now();
  const machines = story.seen(day(6), sightings);
  const folded = performance.now() - began;
  assert.equal(machines.length, 1000);
  const drawn = performance.now();
  story.shown(day(6));
  assert.ok(folded < 1000, `folding took ${Math.round(folded)} ms`);
  assert.ok(performance.now() - drawn < 1000, `showing took ${Math.round(performance.now() - drawn)} ms`);
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Inventory, Machine, ScanNews } from '../../preload/contract/scan.ts';
import { fieldLan, hostileNames } from '../support/lan/field-lan.ts';
import { lanOf } from '../support/lan/lan.ts';
import type { Lan } from '../support/lan/lan.ts';
import { missedOf, nmap } from '../support/lan/nmap.ts';
import { falseIdentities, recall } from '../support/lan/recall.ts';
import { machinesOf, scannerIn } from '../support/lan/scanner.ts';
import type { Scanned, Scanner } from '../support/lan/scanner.ts';
import { needsLan } from '../support/needs.ts';

/** One fast scan of a whole field site, and what other scans do when things go wrong in the middle. */
const here = needsLan();
const everywhere = ['10.66.0.0/24', 'fe80::/64%eth0'];
let lan: Lan;
let scanner: Scanner;
let scanned: Scanned;
let domeC = '';

before(async () => {
  if (here.skip !== undefined) return;
  const field = await fieldLan();
  domeC = field.domeC.caHash;
  lan = await lanOf({ hosts: field.hosts });
  scanner = await scannerIn(lan);
  await scanner.know('Dome C', domeC);
  lan.begin();
  scanned = await scanner.scan({ networks: everywhere, pace: 'fast' });
});
after(async () => {
  if (here.skip !== undefined) return;
  await scanner?.close();
  await lan?.close();
});

const machine = (name: string, inventory: Inventory = scanned.inventory): Machine => {
  const [found] = machinesOf(inventory, lan.host(name));
  assert.ok(found, `${name} was not found`);
  return found;
};
const says = (name: string): string =>
  machine(name)
    .notes.map(note => note.says)
    .join(' ');

test('a fast scan finds every host with all its open ports, and takes none for another', here, () => {
  const found = recall(scanned.inventory, lan.hosts);
  assert.ok(found.found / found.all >= 0.99, found.missed.join(', '));
  assert.deepEqual(falseIdentities(scanned.inventory, lan.hosts, 'dome-c'), []);
  assert.deepEqual(scanned.summary?.left, []);
});

test('whatever Debian’s nmap finds on ports 22 and 6443 is on the map', here, async () => {
  const { open } = await nmap(lan, '10.66.0.0/24');
  assert.ok(open.length > 40, String(open.length));
  assert.deepEqual(missedOf(open, scanned.inventory), []);
});

test('it never has 512 sockets open, leaves none, and takes little memory', here, () => {
  const { mostSockets, socketsLeft, idleMiB, mostMiB } = scanned.weight;
  assert.ok(mostSockets <= 512 && mostSockets > 100, String(mostSockets));
  assert.equal(socketsLeft, 0);
  assert.ok(mostMiB - idleMiB < 100, `${idleMiB} ${mostMiB}`);
});

test('servers of the site are yours, with their shared address, and a stranger’s are not', here, () => {
  for (const name of ['dome-1', 'dome-2', 'dome-3']) assert.equal(machine(name).cluster.is, 'yours', name);
  assert.equal(machine('dome-1').vip, '10.66.0.10');
  assert.deepEqual(machine('other-1').cluster, { is: 'unknown', caHash: lan.host('other-1').caHash });
  const site = scanned.inventory.topologies.find(each => each.site !== undefined);
  assert.equal(site?.caHash, domeC);
  assert.deepEqual([site?.servers.length, site?.agents.length], [3, 7]);
  assert.deepEqual(site?.quorum, { members: 3, here: 3, needed: 2 });
});

test('who only shows the site’s CA claims it, and is told', here, () => {
  assert.equal(machine('rogue').cluster.is, 'claims');
  assert.match(says('rogue'), /holds no certificate of it/);
});

test('nodes that have IPv6 only, or an address of another network, are found by it', here, () => {
  for (const name of ['dome-8', 'dome-9']) {
    assert.equal(machine(name).name, name);
    assert.equal(machine(name).kind, 'k3s-agent');
  }
});

test('who comes up, or speaks, only after two seconds is found in the same scan', here, () => {
  assert.equal(machine('dome-10').name, 'dome-10');
  assert.equal(machine('late-banner').kind, 'ssh');
  assert.deepEqual(
    machine('late-banner')
      .marks.filter(mark => mark.kind === 'host-key')
      .map(mark => mark.value),
    [lan.host('late-banner').hostKeys.ed25519],
  );
});

test('a firewall that drops and one that rejects both leave the machine on the map', here, () => {
  for (const name of ['drops-all', 'rejects-all', 'resets-all'])
    assert.equal(machine(name).kind, 'closed', name);
  const states = (name: string) => machine(name).services.find(each => each.port === 6443)?.state;
  assert.equal(states('drops-some'), 'silent');
  assert.notEqual(states('rejects-some'), 'open');
  assert.notEqual(states('rejects-some'), 'silent');
});

test('a clock that is wrong and certificates that end are told', here, () => {
  assert.ok(Math.abs((machine('dome-3').clockOffsetSeconds ?? 0) + 400) <= 2);
  assert.match(says('dome-6'), /ends in 1\d days/);
  assert.match(says('dome-7'), /ended on/);
  assert.equal(says('dome-4'), '');
});

test('a copied image stays two machines, and is told', here, () => {
  const key = scanned.inventory.conflicts.find(each => each.what === 'one-key-two-machines');
  assert.deepEqual(new Set(key?.machines), new Set([machine('original').id, machine('clone').id]));
});

test('two hosts that take turns at one address are a conflict and stay two', here, async () => {
  const again = async (): Promise<Inventory> => {
    lan.laptop.forget();
    const asked = ['10.66.0.111', 'fe80::/64%eth0'];
    return (await scanner.scan({ networks: asked, pace: 'fast', ports: [22] })).inventory;
  };
  // The first to answer an ARP question has the address; with that one away, it is the other.
  const first = machinesOf(scanned.inventory, lan.host('same-address-1')).find(
    each => each.addresses[0]?.address === '10.66.0.111',
  );
  const holder = first?.marks.some(mark => mark.value === lan.host('same-address-1').mac)
    ? 'same-address-1'
    : 'same-address-2';
  lan.cable(holder, false);
  await again();
  lan.cable(holder, true);
  const { conflicts } = await again();
  const conflict = conflicts.find(each => each.about === '10.66.0.111');
  assert.equal(conflict?.what, 'one-address-two-machines', JSON.stringify(conflicts));
  assert.equal(conflict.machines.length, 2);
});

test('nothing a stranger sent steers a terminal or a page', here, () => {
  const all = JSON.stringify(scanned.news);
  // eslint-disable-next-line no-control-regex -- that is what is looked for
  assert.doesNotMatch(all, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  assert.ok(!all.includes(JSON.stringify(hostileNames.terminal).slice(1, -1)));
  assert.ok(all.length < 20 * 2 ** 20, 'a flood stays outside');
});

test('a scan that is stopped keeps what it found and leaves no socket open', here, async () => {
  const another = await scannerIn(lan);
  const stopped = await another.scan({ networks: ['10.66.0.0/24'], pace: 'fast' }, news => {
    if (news.is === 'map' && news.inventory.machines.length > 3) another.stop();
  });
  assert.equal(stopped.weight.socketsLeft, 0);
  assert.ok(stopped.endedAt < 3000, String(stopped.endedAt));
  assert.ok(stopped.inventory.machines.length > 3);
  await another.close();
});

test('an adapter pulled in mid-scan is told, and what was found stays', here, async () => {
  const another = await scannerIn(lan);
  const isFound = (news: ScanNews): boolean => news.is === 'map' && news.inventory.machines.length > 3;
  let isPulled = false;
  const pulled = await another.scan({ networks: ['10.66.0.0/24'], pace: 'polite' }, news => {
    if (isPulled || !isFound(news)) return;
    isPulled = true;
    lan.laptop.pullAdapter();
  });
  assert.ok(isPulled);
  assert.ok(pulled.endedAt < 20_000, String(pulled.endedAt));
  assert.ok(pulled.troubles.length + (pulled.summary?.left.length ?? 0) > 0, JSON.stringify(pulled.summary));
  assert.ok(pulled.inventory.machines.length > 3);
  assert.equal(pulled.weight.socketsLeft, 0);
  await another.close();
});

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Talk } from '../../../main/core/lan/sighting.ts';
import { systemChance } from '../../../main/machine/chance.ts';
import { scanService } from '../../../main/services/scan/service.ts';
import { addNode } from '../../../main/store/nodes.ts';
import { openStore } from '../../../main/store/open.ts';
import { addSite, siteById } from '../../../main/store/sites.ts';
import type { FeedArgs } from '../../../preload/contract/contract.ts';
import type { Site } from '../../../preload/contract/domain.ts';
import { FieldError, failureOf } from '../../../preload/contract/failure.ts';
import type { NodeId, SiteId } from '../../../preload/contract/ids.ts';
import type { Inventory, ScanNews } from '../../../preload/contract/scan.ts';
import { folder } from '../../support/folder.ts';
import { pretendedLan } from '../../support/pretended-lan.ts';
import type { PretendedHost } from '../../support/pretended-lan.ts';
import { testClock } from '../../support/test-clock.ts';

const context = { signal: new AbortController().signal, progress: () => undefined };
const day = (n: number): string => `2026-11-2${n}`;
const ssh = (n: number): Talk => ({
  banner: 'SSH-2.0-x',
  hostKeys: [{ type: 'ssh-ed25519', fingerprint: `SHA256:${n}` }],
});
const leaf = (subject: string) => ({
  subject,
  issuer: 'CN=k3s-server-ca@1700000000',
  sha256: subject.padEnd(64, '0').slice(0, 64),
  notBefore: `${day(0)}T00:00:00.000Z`,
  notAfter: '2027-11-20T00:00:00.000Z',
  names: [],
});
const ca = 'c'.repeat(64);
const server = (n: number, provesCa = true): PretendedHost => ({
  mac: `02:00:00:00:00:0${n}`,
  open: {
    22: ssh(n),
    6443: { certificates: [leaf('O=k3s, CN=k3s')], caHash: ca, provesCa },
    10250: { certificates: [leaf(`CN=dome-${n}`)] },
  },
});

function laptop(t: TestContext, hosts: readonly (readonly [string, PretendedHost])[]) {
  const clock = testClock();
  const lan = pretendedLan(clock, new Map(hosts));
  const store = openStore(join(folder(t), 'coldstart.db'));
  t.after(() => {
    store.close();
  });
  const site: Site = {
    id: '00000000-0000-4000-8000-000000000001' as SiteId,
    name: 'Dome C',
    practice: false,
    createdAt: `${day(0)}T00:00:00.000Z`,
    recipients: [],
  };
  store.write(db => addSite(db, site));
  const service = scanService({
    store,
    senses: lan,
    clock,
    chance: systemChance,
    consoles: { ports: async () => [] },
    nodes: { site: id => store.read(db => siteById(db, id)) ?? site },
    secrets: { keep: () => undefined, latest: () => undefined, history: () => [] },
  });

  /** Hears a scan to its end while the test's clock runs; `until` ends the listening early. */
  async function scanned(
    args: Partial<FeedArgs<'scan.run'>> = {},
    until: (news: ScanNews) => boolean = () => false,
  ) {
    const all: ScanNews[] = [];
    const stop = new AbortController();
    let isOver = false;
    const listening = (async () => {
      for await (const news of service.feeds['scan.run'](
        { networks: ['10.0.1.0/27'], pace: 'fast', ...args },
        stop.signal,
      )) {
        all.push(news);
        if (until(news)) break;
      }
    })().finally(() => {
      isOver = true;
    });
    listening.catch(() => undefined);
    for (let i = 0; i < 20_000 && !isOver; i++) await clock.pass(20);
    await listening;
    return all;
  }
  return { lan, store, service, site, scanned, clock };
}

const inventoryOf = (news: readonly ScanNews[]): Inventory => {
  const last = news.at(-1);
  assert.equal(last?.is, 'ended');
  return last.is === 'ended' ? last.inventory : assert.fail();
};

test('a scan tells what it asks, how far it is, the map as it grows, and what came of it; all of it is kept', async t => {
  const { scanned, service } = laptop(t, [
    ['10.0.1.11', server(1)],
    ['10.0.1.12', server(2)],
  ]);
  const news = await scanned();
  assert.deepEqual(news[0], { is: 'began', networks: ['10.0.1.0/27'], addresses: 30 });
  assert.ok(news.some(each => each.is === 'progress' && each.progress.done === each.progress.total));
  const inventory = inventoryOf(news);
  assert.deepEqual(
    inventory.machines.map(each => [each.name, each.kind, each.cluster.is]),
    [
      ['dome-1', 'k3s-server', 'unknown'],
      ['dome-2', 'k3s-server', 'unknown'],
    ],
  );
  const kept = await service.calls['inventory.show']({}, context);
  assert.deepEqual(
    kept.machines.map(each => each.id),
    inventory.machines.map(each => each.id),
  );
});

test('who was there and does not answer is missing, and named; only where the whole network was asked', async t => {
  const { lan, scanned } = laptop(t, [
    ['10.0.1.11', server(1)],
    ['10.0.1.12', server(2)],
  ]);
  await scanned();
  lan.hosts.delete('10.0.1.12');
  const one = await scanned({ networks: ['10.0.1.11'] });
  assert.ok(inventoryOf(one).machines.every(each => each.here));
  const all = await scanned();
  const last = all.at(-1);
  assert.deepEqual(last?.is === 'ended' && last.summary.missing, ['dome-2']);
  assert.equal(inventoryOf(all).machines.find(each => each.name === 'dome-2')?.here, false);
});

test('a listener who leaves ends the scan; what was found stays, nobody is called missing, and another may begin', async t => {
  const { lan, scanned, service } = laptop(t, [
    ['10.0.1.11', server(1)],
    ['10.0.1.29', server(2)],
  ]);
  await scanned();
  await scanned({ pace: 'polite' }, news => news.is === 'map' && news.inventory.machines.length > 0);
  assert.equal(lan.open, 0);
  const { machines } = await service.calls['inventory.show']({}, context);
  assert.ok(machines.every(each => each.here));
  assert.equal(inventoryOf(await scanned()).machines.length, 2);
});

test('a second scan at once, a wide network and nonsense are refused; nothing is sent', async t => {
  const { lan, service, scanned, clock } = laptop(t, []);
  const stop = new AbortController();
  const first = service.feeds['scan.run']({ networks: ['10.0.1.0/27'], pace: 'listen' }, stop.signal)[
    Symbol.asyncIterator
  ]();
  await first.next();
  await assert.rejects(scanned(), (thrown: unknown) => failureOf(thrown).code === 'refused');
  stop.abort();
  const rest = (async () => {
    while (!(await first.next()).done);
  })();
  for (let i = 0; i < 50; i++) await clock.pass(50);
  await rest;
  for (const networks of [['10.0.0.0/19'], ['dome-c'], []])
    await assert.rejects(scanned({ networks }), (thrown: unknown) => failureOf(thrown).code === 'bad-ask');
  assert.deepEqual(lan.asked, []);
});

test('a cluster becomes the site’s by the technician’s word, and only one that proved itself', async t => {
  const { scanned, service, site } = laptop(t, [
    ['10.0.1.11', server(1)],
    ['10.0.1.12', { ...server(2), open: { ...server(2, false).open } }],
  ]);
  const { machines } = inventoryOf(await scanned());
  const [proven, rogue] = machines;
  assert.ok(proven && rogue);
  await assert.rejects(
    async () => service.calls['inventory.join']({ machine: rogue.id, site: site.id }, context),
    (thrown: unknown) => thrown instanceof FieldError && thrown.failure.code === 'refused',
  );
  const after = await service.calls['inventory.join']({ machine: proven.id, site: site.id }, context);
  assert.equal(after.machines.find(each => each.id === proven.id)?.cluster.is, 'yours');
  assert.equal(after.machines.find(each => each.id === rogue.id)?.cluster.is, 'claims');
  const ofSite = await service.calls['inventory.show']({ site: site.id }, context);
  assert.equal(ofSite.topologies.length, 1);
  assert.deepEqual(ofSite.topologies[0]?.servers, [proven.id]);
});

test('what is left out of a network is kept for it, and every scan of it heeds that', async t => {
  const { lan, scanned, service } = laptop(t, [['10.0.1.11', server(1)]]);
  await service.calls['scan.prefer'](
    { cidr: '10.0.1.0/27', fast: true, exclude: ['10.0.1.11', '10.0.1.16/28'] },
    context,
  );
  assert.equal(inventoryOf(await scanned()).machines.length, 0);
  assert.ok(lan.asked.every(({ address }) => address !== '10.0.1.11' && Number(address.split('.')[3]) < 16));
});

test('a machine is forgotten, and found anew', async t => {
  const { scanned, service } = laptop(t, [['10.0.1.11', server(1)]]);
  const [machine] = inventoryOf(await scanned()).machines;
  assert.ok(machine);
  assert.deepEqual((await service.calls['inventory.forget']({ machine: machine.id }, context)).machines, []);
  await assert.rejects(
    async () => service.calls['inventory.forget']({ machine: machine.id }, context),
    (thrown: unknown) => failureOf(thrown).code === 'no-such-thing',
  );
  const last = (await scanned()).at(-1);
  assert.equal(last?.is === 'ended' && last.summary.fresh, 1);
});

test('a node of the list is known on the map by its host key, with its name and its site', async t => {
  const { scanned, store, site } = laptop(t, [
    ['10.0.1.11', { mac: '02:00:00:00:00:01', open: { 22: ssh(1) } }],
  ]);
  store.write(db => {
    addNode(db, {
      id: '00000000-0000-4000-8000-000000000011' as NodeId,
      site: site.id,
      name: 'summit',
      address: '10.0.1.99',
      port: 22,
      user: 'tech',
      login: { is: 'auto' },
      practice: false,
      addedAt: `${day(0)}T00:00:00.000Z`,
      over: 'ssh',
    });
    db.run("update node set host_key = 'SHA256:1'");
  });
  const [machine] = inventoryOf(await scanned()).machines;
  assert.deepEqual([machine?.name, machine?.cluster], ['summit', { is: 'known', site: site.id }]);
});

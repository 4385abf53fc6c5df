import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { NodeId, SiteId } from '../../../preload/contract/ids.ts';
import { audited } from '../../../main/store/audit.ts';
import { failing } from '../../support/failing.ts';
import { localLink, localLinks } from '../../support/local-link.ts';
import type { LocalLink } from '../../support/local-link.ts';
import { aNode, context, made, nodeArgs, stopless } from '../../support/sites.ts';

const hq = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';
const nobody = '00000000-0000-4000-8000-000000000000';

test('a site and its nodes are there after the app was closed', async t => {
  const first = made(t);
  const node = await aNode(first.sites);
  first.store.close();
  const again = made(t, { home: first.home });
  assert.deepEqual(await again.sites.calls['node.list']({}, context()), [node]);
  const [site] = await again.sites.calls['site.list']({}, context());
  assert.equal(site?.name, 'Dome C');
  assert.equal(site?.id, node.site);
  assert.deepEqual(await again.sites.calls['node.list']({ site: nobody as SiteId }, context()), []);
});

test('names may be in any script, and hold what a shell would run', async t => {
  const { sites } = made(t);
  for (const name of ['Станция Восток', '南極 3', 'Dôme "C"', "$(reboot) `x` 'y'", 'नमस्ते', '🐧‍❄️'])
    assert.equal((await sites.calls['site.create']({ name }, context())).name, name.normalize('NFC'));
  const spaced = await sites.calls['site.create']({ name: '  Halley VI ' }, context());
  assert.equal(spaced.name, 'Halley VI');
});

test('names that hide something are refused', async t => {
  const { sites } = made(t);
  for (const name of [
    'a\nb',
    'a\0b',
    '\u202ecp1',
    '-rf',
    'x'.repeat(101),
    '\u2028',
    'a\ud800',
    'esc\u001b[31m',
  ])
    await failing('bad-ask', () => sites.calls['site.create']({ name }, context()));
  assert.deepEqual(await sites.calls['site.list']({}, context()), []);
});

test('a second site or node of the same name is refused, also when it is composed differently', async t => {
  const { sites } = made(t);
  const { id } = await sites.calls['site.create']({ name: 'Dôme'.normalize('NFC') }, context());
  await failing('already-there', () =>
    sites.calls['site.create']({ name: 'Dôme'.normalize('NFD') }, context()),
  );
  await sites.calls['node.add']({ ...nodeArgs, site: id }, context());
  await failing('already-there', () => sites.calls['node.add']({ ...nodeArgs, site: id }, context()));
  const elsewhere = await sites.calls['site.create']({ name: 'Other' }, context());
  await sites.calls['node.add']({ ...nodeArgs, site: elsewhere.id }, context());
});

test('addresses and users that cannot be ones are refused with the reason', async t => {
  const { sites } = made(t);
  const { id } = await sites.calls['site.create']({ name: 'Dome C' }, context());
  const add = (more: object) => sites.calls['node.add']({ ...nodeArgs, site: id, ...more }, context());
  for (const address of [
    '-oProxyCommand=reboot',
    'a b',
    '$(reboot)',
    'cp1;reboot',
    'a\nb',
    'http://x',
    'x'.repeat(254),
    "'",
  ])
    await failing('bad-ask', () => add({ address }));
  assert.match((await failing('bad-ask', () => add({ address: 'root@cp1' }))).says, /user/);
  assert.match((await failing('bad-ask', () => add({ address: 'cp1:2222' }))).says, /port/);
  for (const user of ['-l', 'a b', 'a\nb', '', '$(id)', 'x'.repeat(65)])
    await failing('bad-ask', () => add({ user }));
  for (const path of ['id_ed25519', '../key', '/a\nb'])
    await failing('bad-ask', () => add({ login: { is: 'key', path } }));
  assert.deepEqual(await sites.calls['node.list']({}, context()), []);
});

test('addresses as they are found at sites are taken', async t => {
  const { sites } = made(t);
  const { id } = await sites.calls['site.create']({ name: 'Dome C' }, context());
  const taken = [
    '10.0.1.100',
    'cp1',
    'cp1.dome-c.aq',
    'fe80::1%eth0',
    '[2001:db8::7]',
    'my_alias',
    'größe.local',
    '::1',
  ];
  for (const [i, address] of taken.entries()) {
    const user = ['root', 'DOMAIN\\tech', 'tech@corp.example', 'svc$'][i % 4] ?? '';
    const node = await sites.calls['node.add'](
      { ...nodeArgs, site: id, name: `n${i}`, address, user },
      context(),
    );
    assert.equal(node.address, address.replaceAll(/[[\]]/g, ''));
    assert.equal(node.user, user);
  }
});

test('recipients are checked before they are kept, and every change is audited', async t => {
  const { sites, store } = made(t);
  const { id } = await sites.calls['site.create']({ name: 'Dome C' }, context());
  const set = (recipients: string[]) => sites.calls['site.recipients']({ site: id, recipients }, context());
  assert.deepEqual((await set([` ${hq}\n`, hq])).recipients, [hq]);
  const ssh = await failing('bad-ask', () => set(['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE hq']));
  assert.match(ssh.says, /SSH key/);
  await failing('bad-ask', () => set([hq, `${hq.slice(0, -1)}q`]));
  const secret = await failing('bad-ask', () => set(['AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQ']));
  assert.doesNotMatch(JSON.stringify(secret), /1QQQQ/);
  const [site] = await sites.calls['site.list']({}, context());
  assert.deepEqual(site?.recipients, [hq]);
  const changes = store.read(audited).filter(entry => entry.what === 'set-recipients');
  assert.deepEqual(
    changes.map(entry => entry.facts),
    [{ site: id, before: [], after: [hq] }],
  );
});

test('what is not there is said to be not there', async t => {
  const { sites } = made(t);
  await failing('no-such-thing', () => sites.calls['node.look']({ node: nobody as NodeId }, context()));
  await failing('no-such-thing', () => sites.calls['node.remove']({ node: nobody as NodeId }, context()));
  await failing('no-such-thing', () =>
    sites.calls['site.recipients']({ site: nobody as SiteId, recipients: [] }, context()),
  );
  await failing('no-such-thing', () => sites.nodes.site(nobody as SiteId));
  await failing('no-such-thing', () =>
    sites.calls['node.add']({ ...nodeArgs, site: nobody as SiteId }, context()),
  );
});

test('in practice there are practice nodes only, and no machine elsewhere is touched', async t => {
  const links = localLinks(() => localLink());
  const { sites } = made(t, { world: 'practice', links });
  const node = await aNode(sites);
  assert.equal(node.practice, true);
  assert.equal(sites.nodes.site(node.site).practice, true);
  await failing('practice-only', () =>
    sites.calls['node.add']({ ...nodeArgs, site: node.site, name: 'cp2', address: '10.0.1.100' }, context()),
  );
  assert.deepEqual(links.targets, []);
});

test('a real site holds real nodes', async t => {
  const { sites } = made(t);
  const node = await aNode(sites);
  assert.equal(node.practice, false);
  assert.equal(sites.nodes.site(node.site).practice, false);
});

test('whoever opens a link learns which host key the node showed', async t => {
  const { sites } = made(t, { links: localLinks(() => localLink({ hostKey: 'SHA256:seen' })) });
  const node = await aNode(sites);
  await sites.nodes.withLink(node.id, context().signal, () => Promise.resolve());
  assert.equal(sites.nodes.get(node.id).hostKey, 'SHA256:seen');
});

/** A node whose links are watched. */
async function watched(t: TestContext, who: () => { machineId: string }) {
  const opened: LocalLink[] = [];
  const links = localLinks(() => {
    const link = localLink({ who: who(), hostKey: 'SHA256:abc' });
    opened.push(link);
    return link;
  });
  const service = made(t, { links });
  return { ...service, links, opened, node: await aNode(service.sites) };
}

test('a practice node does not become part of a real site by its address', async t => {
  const mark = { kind: 'file', bytes: 1, mode: 0o644, uid: 0, gid: 0, modified: 0 } as const;
  const link = localLink();
  const links = localLinks(() => ({
    ...link,
    stat: async path => (path === '/etc/coldstart-practice' ? mark : undefined),
  }));
  const { sites } = made(t, { links });
  const node = await aNode(sites);
  await failing('practice-only', () => sites.calls['node.look']({ node: node.id }, context()));
  assert.equal(link.isClosed, true);
  assert.equal(sites.nodes.get(node.id).machineId, undefined);
});

test('a first look tells what is there, and it is remembered', async t => {
  const { sites, node } = await watched(t, () => ({ machineId: 'm1' }));
  const seen = await sites.calls['node.look']({ node: node.id }, context());
  assert.equal(seen.hostKey, 'SHA256:abc');
  assert.match(seen.kernel, /^Linux \d/);
  const known = sites.nodes.get(node.id);
  assert.equal(known.machineId, 'm1');
  assert.equal(known.hostKey, 'SHA256:abc');
  assert.equal(known.lastSeen, '2026-11-22T12:00:00.000Z');
});

test('another machine at the address of a node is not worked on', async t => {
  let machineId = 'm1';
  const { sites, clock, opened, node } = await watched(t, () => ({ machineId }));
  await sites.nodes.withLink(node.id, stopless, async () => undefined);
  await clock.pass(60_000);
  for (const other of ['m2', '']) {
    machineId = other;
    let worked = false;
    const failure = await failing('another-node', () =>
      sites.nodes.withLink(node.id, stopless, async () => {
        worked = true;
      }),
    );
    assert.equal(worked, false);
    assert.equal(failure.about, 'cp1');
  }
  assert.ok(opened.every(link => link.isClosed));
  assert.equal(sites.nodes.get(node.id).machineId, 'm1');
});

test('trusting a host key is pinned, shown at the node, and audited with the technician’s name', async t => {
  const { sites, store, links, node } = await watched(t, () => ({ machineId: 'm1' }));
  store.write(db => db.run("insert into setting values ('technician', '\"Ada\"')"));
  const trusted = await sites.calls['node.trust']({ node: node.id, fingerprint: 'SHA256:xyz' }, context());
  assert.equal(trusted.hostKey, 'SHA256:xyz');
  assert.deepEqual(links.trusted, ['SHA256:xyz']);
  const entry = store.read(audited).find(one => one.what === 'trusted-host-key');
  assert.equal(entry?.who, 'Ada');
  assert.equal(entry.facts['fingerprint'], 'SHA256:xyz');
});

test('a removed node is gone, its link closed, and the removal audited', async t => {
  const { sites, store, opened, node } = await watched(t, () => ({ machineId: 'm1' }));
  await sites.nodes.withLink(node.id, stopless, async () => undefined);
  assert.equal(await sites.calls['node.remove']({ node: node.id }, context()), null);
  assert.deepEqual(await sites.calls['node.list']({}, context()), []);
  assert.equal(opened[0]?.isClosed, true);
  assert.equal(store.read(audited).at(-1)?.what, 'removed-node');
});

test('a node with a run going on is not removed', async t => {
  const { sites, store, node } = await watched(t, () => ({ machineId: 'm1' }));
  store.write(db =>
    db.run(
      "insert into run (id, runbook, title, site, node, ask, digest, state, started_at, practice) values ('r', 'preflight', '', ?, ?, '{}', '', 'running', '', 0)",
      node.site,
      node.id,
    ),
  );
  await failing('refused', () => sites.calls['node.remove']({ node: node.id }, context()));
  assert.equal(sites.nodes.get(node.id).id, node.id);
});

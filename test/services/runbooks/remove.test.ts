import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { rootCred } from '../../../main/practice/station/disk/nodes.ts';
import { provenCopy, snapshotsOn } from '../../../main/services/runbooks/remove-k3s/copies.ts';
import type { Snapshot } from '../../../preload/contract/domain.ts';
import { failing } from '../../support/failing.ts';
import { context, stopless } from '../../support/sites.ts';
import {
  begin,
  ended,
  installAsk,
  practiceSite,
  runThrough,
  standings,
  terminalOf,
} from '../../support/practice-site.ts';
import type { OpenApp } from '../../support/practice-site.ts';

const removal = (app: OpenApp, typedName = 'practice-node-1') =>
  ({ is: 'remove-k3s', node: app.node, typedName }) as const;

test('K3s is removed after token, settings and a proven snapshot are on the laptop', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  assert.equal((await runThrough(app, await installAsk(app))).state, 'passed');
  const { tree } = site.station.node;
  const token = /^token: "([0-9a-f]{32})"$/m.exec(tree.read('/etc/rancher/k3s/config.yaml'))?.[1];

  const { plan, run } = await begin(app, removal(app));
  assert.match(plan.steps.find(({ id }) => id === 'remove')?.mayLose ?? '', /storage/);
  const done = await ended(app, run.id);
  assert.equal(done.state, 'passed', standings(done));
  for (const path of [
    '/usr/local/bin/k3s',
    '/etc/rancher/k3s',
    '/var/lib/rancher/k3s',
    '/etc/systemd/system/k3s.service',
    '/run/coldstart',
  ])
    assert.equal(tree.peek(path), undefined, path);

  const [snapshot] = await app.calls['snapshot.list']({}, context());
  assert.equal(snapshot?.check.intact, true);
  const folder = join(site.home, 'practice', 'runs', run.id);
  const kept = readdirSync(folder);
  assert.ok(
    kept.some(name => name.startsWith('etc-rancher-k3s-config.yaml.')),
    kept.join(),
  );
  for (const name of kept) assert.ok(token && !readFileSync(join(folder, name)).includes(token), name);
  assert.ok(token && !(await terminalOf(app, run.id)).includes(token));

  const again = await runThrough(app, removal(app));
  assert.equal(again.state, 'passed', standings(again));
  assert.equal(again.unchanged, true, standings(again));
  assert.equal((await runThrough(app, await installAsk(app))).state, 'passed');
});

test('without the node’s name typed, a removal does not begin', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  for (const typed of ['', 'practice', 'PRACTICE-NODE-1']) {
    const { digest } = await app.calls['run.plan']({ ask: removal(app, typed) }, context());
    await failing('consent-needed', () =>
      app.calls['run.start']({ ask: removal(app, typed), digest }, context()),
    );
  }
  assert.deepEqual(await app.calls['run.list']({}, context()), []);
});

test('a cluster without a proven copy on the laptop is not removed', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  assert.equal((await runThrough(app, await installAsk(app))).state, 'passed');
  const { tree } = site.station.node;
  // a dead K3s takes no snapshot, and none was pulled before
  site.station.faults.atExec = () => 'go';
  tree.unlink('/usr/local/bin/k3s', rootCred);
  site.station.reboot();
  const refused = await runThrough(app, removal(app));
  assert.equal(refused.state, 'failed', standings(refused));
  assert.equal(refused.failure?.code, 'no-proven-copy');
  assert.ok(tree.peek('/var/lib/rancher/k3s/server/db/etcd/member'));
  assert.ok(tree.peek('/var/lib/rancher/k3s/server/token'));
});

test('an install that stopped half way is removed without a copy, for there is nothing to lose', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  const { run } = await begin(app, await installAsk(app));
  for await (const news of app.handlers.feeds['run.news']({ run: run.id }, stopless))
    if (news.is === 'step' && news.step.id === 'service' && news.step.standing === 'probing') break;
  assert.equal((await app.calls['run.cancel']({ run: run.id }, context())).state, 'cancelled');
  const done = await runThrough(app, removal(app));
  assert.equal(done.state, 'passed', standings(done));
  for (const path of ['/usr/local/bin/k3s', '/etc/rancher/k3s', '/var/lib/rancher/k3s'])
    assert.equal(site.station.node.tree.peek(path), undefined, path);
});

test('a removal that is cut anywhere is continued to its end, and copies come first', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  assert.equal((await runThrough(app, await installAsk(app))).state, 'passed');
  const cut = new Set<string>();
  let at = '';
  const watch = async (id: typeof run.id): Promise<void> => {
    for await (const news of app.handlers.feeds['run.news']({ run: id }, stopless))
      if (news.is === 'step') at = `${news.step.id} ${news.step.standing}`;
  };
  site.station.faults.atExec = () => {
    if (at === '' || cut.has(at) || / (already|passed)$/.test(at)) return 'go';
    cut.add(at);
    return 'cut after';
  };
  const { run } = await begin(app, removal(app));
  void watch(run.id);
  let now = await ended(app, run.id);
  while (now.state === 'interrupted' && cut.size < 40) {
    await app.calls['run.continue']({ run: run.id }, context());
    void watch(run.id);
    now = await ended(app, run.id);
  }
  assert.equal(now.state, 'passed', standings(now));
  assert.ok(cut.size >= 8, [...cut].join());
  assert.equal(site.station.node.tree.peek('/var/lib/rancher/k3s'), undefined);
});

test('snapshots are found on the disk of a dead node', () => {
  const found = snapshotsOn(
    '10 1750000000 /var/lib/rancher/k3s/server/db/snapshots/etcd-snapshot-a-1750000000\n20 1750000100 /x/on demand\nrubbish\n',
    'node-1',
  );
  assert.deepEqual(
    found.map(({ name, bytes }) => [name, bytes]),
    [
      ['on demand', 20],
      ['etcd-snapshot-a-1750000000', 10],
    ],
  );
  assert.equal(found[1]?.createdAt, '2025-06-15T15:06:40.000Z');
  assert.equal(
    found[1]?.location,
    'file:///var/lib/rancher/k3s/server/db/snapshots/etcd-snapshot-a-1750000000',
  );
});

test('only an intact snapshot whose token is kept counts as a copy; the newest wins', () => {
  const one = (name: string, savedAt: string, intact: boolean, tokenHash: string) =>
    ({ name, savedAt, tokenHash, check: { intact } }) as Snapshot;
  const tokens = new Set(['aaa']);
  assert.equal(
    provenCopy([one('a', '2026-01-01', false, 'aaa'), one('b', '2026-01-02', true, 'bbb')], tokens),
    undefined,
  );
  assert.equal(
    provenCopy(
      [
        one('a', '2026-01-01', true, 'aaa'),
        one('b', '2026-01-03', true, 'aaa'),
        one('c', '2026-01-04', false, 'aaa'),
      ],
      tokens,
    )?.name,
    'b',
  );
});

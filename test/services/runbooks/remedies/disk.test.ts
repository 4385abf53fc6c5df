import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failing } from '../../../support/failing.ts';
import { needsNspawn } from '../../../support/needs.ts';
import { nspawnNode } from '../../../support/nodes/nspawn.ts';
import { begin, ended, runThrough, standings } from '../../../support/practice-site.ts';
import { realSite, standInK3s, untilServing } from '../../../support/real-site.ts';
import { remedyAsk } from '../../../support/remedies.ts';
import { context } from '../../../support/sites.ts';

const server = '/var/lib/rancher/k3s/server';

test(
  'a really full disk gets room, what must stay stays, and K3s that died of it starts again',
  needsNspawn(),
  async t => {
    const node = await nspawnNode(t, { name: 'full1', diskMiB: 200 });
    await standInK3s(node);
    await untilServing(node);
    await node.done(
      `mkdir -p ${server}/db/etcd-old-1750000000 ${server}/tls-1750000000 ${server}/db/snapshots /var/cache/apt/archives
head -c 50000000 /dev/zero >${server}/db/etcd-old-1750000000/db; echo x >${server}/tls-1750000000/a.crt
echo 1 >${server}/db/snapshots/a-1; touch -d '2 days ago' ${server}/db/snapshots/a-1; echo 2 >${server}/db/snapshots/a-2
head -c 3000000 /dev/zero >/var/cache/apt/archives/a.deb; echo keep >/var/cache/apt/archives/notes.txt
systemctl stop k3s; head -c 300000000 /dev/zero >/var/fill 2>/dev/null; systemctl start k3s; sleep 1.5; ! [ -e /run/k3s-ready ]`,
    );
    const app = await realSite(t, node);
    const form = await app.calls['remedy.form']({ node: app.node, remedy: 'free-disk' }, context());
    assert.equal(form.typedName, true);
    const offered = form.fields[0]?.options?.map(({ value }) => value) ?? [];
    assert.ok(offered.includes(`${server}/db/etcd-old-1750000000`), offered.join());
    assert.ok(offered.includes(`${server}/db/snapshots/a-1`));
    assert.ok(!offered.includes(`${server}/db/snapshots/a-2`), 'the newest snapshot is never offered');
    assert.ok(!form.fields[0]?.value.includes('etcd-old'), 'old data is never proposed');

    const away = (...what: string[]) => [{ name: 'away', value: what.join('\n') }];
    await failing('bad-ask', () =>
      app.calls['run.plan']({ ask: remedyAsk(app, 'free-disk', away(`${server}/token`)) }, context()),
    );
    const unnamed = remedyAsk(app, 'free-disk', away('apt'));
    const { digest } = await app.calls['run.plan']({ ask: unnamed }, context());
    await failing('consent-needed', () => app.calls['run.start']({ ask: unnamed, digest }, context()));

    // these snapshots are no real ones: their copies are not intact, so they may not go
    const bad = await runThrough(
      app,
      remedyAsk(app, 'free-disk', away(`${server}/db/snapshots/a-1`), 'full1'),
    );
    assert.equal(bad.failure?.code, 'no-proven-copy', standings(bad));
    assert.equal(await node.done(`ls ${server}/db/snapshots | tr '\\n' ' '`), 'a-1 a-2');

    const chosen = away(`${server}/db/etcd-old-1750000000`, `${server}/tls-1750000000`, 'apt');
    const { plan, run } = await begin(app, remedyAsk(app, 'free-disk', chosen, 'full1'));
    assert.match(plan.steps.find(({ id }) => id === 'remove')?.mayLose ?? '', /etcd-old-1750000000/);
    const done = await ended(app, run.id);
    assert.equal(done.state, 'passed', standings(done));
    assert.match(done.steps.find(({ id }) => id === 'remove')?.saw ?? '', /free now/);
    await untilServing(node);
    const left = (await node.run(`ls ${server} ${server}/db ${server}/db/snapshots /var/cache/apt/archives`))
      .stdout;
    for (const gone of ['etcd-old', 'tls-1', 'a.deb']) assert.ok(!left.includes(gone), left);
    for (const kept of ['token', 'etcd', 'a-1', 'a-2', 'notes.txt']) assert.ok(left.includes(kept), left);
  },
);

test('a disk that stays too full after a clearing is not called free', needsNspawn(), async t => {
  const node = await nspawnNode(t, { name: 'full2', diskMiB: 120 });
  await standInK3s(node);
  await untilServing(node);
  await node.done(
    `mkdir -p ${server}/tls-1750000000; echo x >${server}/tls-1750000000/a.crt; head -c 300000000 /dev/zero >/var/fill 2>/dev/null; true`,
  );
  const app = await realSite(t, node);
  const done = await runThrough(
    app,
    remedyAsk(app, 'free-disk', [{ name: 'away', value: `${server}/tls-1750000000` }], 'full2'),
  );
  assert.equal(done.state, 'failed', standings(done));
  assert.match(done.failure?.says ?? '', /too little room/);
});

test('a disk that is read-only is not offered to be freed', needsNspawn(), async t => {
  const node = await nspawnNode(t, { name: 'shut1' });
  await standInK3s(node);
  await untilServing(node);
  await node.done(
    `mkdir -p ${server}/tls-1750000000; echo x >${server}/tls-1750000000/a.crt
systemctl stop k3s; mount --bind /var/lib/rancher /var/lib/rancher; mount -o remount,bind,ro /var/lib/rancher`,
  );
  const app = await realSite(t, node);
  const { says, untouched } = await failing('refused', () =>
    app.calls['remedy.form']({ node: app.node, remedy: 'free-disk' }, context()),
  );
  assert.match(says, /^The disk is read-only/);
  assert.match(untouched ?? '', /Nothing was changed/);
});

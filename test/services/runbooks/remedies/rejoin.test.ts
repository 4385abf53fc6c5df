import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { needsNspawn } from '../../../support/needs.ts';
import type { RealNode } from '../../../support/nodes/node.ts';
import { nodeLan, nspawnNode } from '../../../support/nodes/nspawn.ts';
import { begin, ended, standings } from '../../../support/practice-site.ts';
import { realSite, standInK3s, untilServing } from '../../../support/real-site.ts';
import { remedyAsk } from '../../../support/remedies.ts';
import { context } from '../../../support/sites.ts';

const d = '/var/lib/rancher/k3s';
const choices = [{ name: 'server', value: 'https://10.0.1.101:6443' }];

/** A healthy server that speaks for three, and a founder of the cluster whose data are broken. */
async function twoServers(t: TestContext): Promise<{ healthy: RealNode; broken: RealNode }> {
  const lan = nodeLan(t);
  const [healthy, broken] = await Promise.all(['cp1', 'cp2'].map(name => nspawnNode(t, { name, lan })));
  assert.ok(healthy && broken);
  for (const node of [healthy, broken]) {
    await standInK3s(node);
    await untilServing(node);
  }
  await healthy.done(
    `mkdir ${d}/members; for m in cp1 cp3; do echo True >${d}/members/$m; done; echo False >${d}/members/cp2`,
  );
  await broken.done(
    `systemctl stop k3s; echo precious >${d}/server/db/etcd/member/made; : >${d}/server/db/etcd/member/broken; systemctl start k3s`,
  );
  return { healthy, broken };
}

/** Plays the others: what has joined becomes a member. */
function cluster(healthy: RealNode, broken: RealNode): () => void {
  const timer = setInterval(() => {
    void broken
      .run(`grep -qx JOINED ${d}/server/db/etcd/member/made && [ -e /run/k3s-ready ]`)
      .then(({ code }) => (code === 0 ? healthy.run(`echo True >${d}/members/cp2`) : undefined));
  }, 300);
  return () => clearInterval(timer);
}

test(
  'a broken member, even the founder, leaves and joins again, and never founds a cluster',
  needsNspawn(),
  async t => {
    const { healthy, broken } = await twoServers(t);
    t.after(cluster(healthy, broken));
    const cut = new Set<string>();
    const app = await realSite(
      t,
      broken,
      {
        at: command => {
          const what =
            /let nothing start K3s|move the data of etcd|note that it was done|from now on K3s/.exec(
              command,
            )?.[0];
          if (what === undefined || cut.has(what)) return 'go';
          cut.add(what);
          return 'cut after';
        },
        cutBy: async () => {
          await broken.kill();
          await broken.powerOn();
          await new Promise(done => setTimeout(done, 300));
          assert.ok(!(await broken.run(`cat ${d}/server/db/etcd/member/made`)).stdout.includes('EMPTY'));
        },
      },
      [healthy],
    );
    const { plan, run } = await begin(app, remedyAsk(app, 'rejoin-member', choices, 'cp2'));
    const order = plan.steps.map(({ id }) => id);
    for (const [first, then] of [
      ['quorum', 'disable'],
      ['disable', 'delete'],
      ['saved', 'move'],
      ['delete', 'move'],
      ['config', 'start'],
      ['move', 'start'],
      ['voter', 'enable'],
    ] as const)
      assert.ok(order.indexOf(first) < order.indexOf(then), `${first} before ${then}: ${order.join()}`);
    let now = await ended(app, run.id);
    for (let i = 0; now.state !== 'passed' && i < 8; i++) {
      await app.calls['run.continue']({ run: run.id }, context());
      now = await ended(app, run.id);
    }
    assert.equal(now.state, 'passed', standings(now));
    assert.equal(cut.size, 4, [...cut].join());
    assert.equal(
      await broken.done(`cat ${d}/server/db/etcd/member/made ${d}/server/db/etcd-aside-*/member/made`),
      'JOINED\nprecious',
    );
    assert.equal(await broken.done('systemctl is-enabled k3s'), 'enabled');
    assert.equal(await broken.done(`ls ${d}/server/db | grep -c coldstart-aside; true`), '0');
    const config = await broken.done('cat /etc/rancher/k3s/config.yaml');
    assert.match(config, /^server: "https:\/\/10\.0\.1\.101:6443"$/m);
    assert.ok(!config.includes('cluster-init'));
  },
);

test('without quorum nothing is taken out', needsNspawn(), async t => {
  const { healthy, broken } = await twoServers(t);
  await healthy.done(`echo False >${d}/members/cp3`);
  const app = await realSite(t, broken, {}, [healthy]);
  const { run } = await begin(app, remedyAsk(app, 'rejoin-member', choices, 'cp2'));
  const done = await ended(app, run.id);
  assert.equal(done.failure?.code, 'refused', standings(done));
  assert.match(done.failure?.says ?? '', /only 1 of the 2 other servers are ready/);
  assert.equal(await healthy.done(`ls ${d}/members | tr '\\n' ' '`), 'cp1 cp2 cp3');
  assert.equal(await broken.done('systemctl is-enabled k3s'), 'enabled');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs, needsNspawn } from '../support/needs.ts';
import type { Ran } from '../support/nodes/node.ts';
import {
  assertRestored,
  clusterCa,
  content,
  put,
  severalBook,
  severalLaptop,
  SeveralRun,
  strangers,
  threeServers,
} from '../support/nodes/several.ts';

const needed = { ...needsNspawn(), ...needs('gcc', 'sftp') };
const one = '/registry/configmaps/default/one';

test(
  'three servers get their snapshot back, every key as it was, though a line is cut and a plug is pulled',
  needed,
  async t => {
    const { cp1, cp2, w1, servers, all } = await threeServers(t);
    const laptop = await severalLaptop(t, all);
    await put(cp1, one, 'before');
    const ca = await clusterCa(cp1);
    await cp2.done('k3s etcd-snapshot save');
    const snapshot = await cp2.done('ls /var/lib/rancher/k3s/server/db/snapshots/*');
    const before = await content(cp1);
    await put(cp1, one, 'after');
    await put(cp1, '/registry/configmaps/default/two', 'new');
    const agent = await w1.done('systemctl show k3s-agent -p InvocationID');

    // cp2 holds the snapshot; cp1, which founded the cluster, has to come back empty and must not found another.
    const book = await severalBook(laptop, 'cp2', snapshot);
    const run = new SeveralRun(laptop, laptop.node('cp2'), book([{ name: 'copy', value: 'no' }]));
    let cut: Promise<unknown> | undefined;
    run.heard = news => {
      if (news.is !== 'step' || news.step.id !== 'reset' || news.step.standing !== 'applying' || cut) return;
      cut = new Promise(done => setTimeout(done, 300)).then(() =>
        cp2.run('pkill -KILL -P "$(systemctl show ssh -p MainPID --value)"'),
      );
    };
    const pulled = new Set<string>();
    run.before = async step => {
      if (step !== 'start@cp1' || pulled.has(step)) return;
      pulled.add(step);
      await cp1.kill();
      await cp1.powerOn();
      assert.deepEqual(await strangers(servers, ca, one), []);
    };
    const { end, breaks } = await run.toItsEnd();
    assert.equal(end.state, 'passed', `${JSON.stringify(end.failure)}\n${run.terminal}`);
    // the cut line is taken up again by itself, the pulled plug by continuing the run
    assert.equal(((await cut) as Ran | undefined)?.code, 0, run.terminal);
    assert.ok(breaks >= 1, run.terminal);
    assert.equal((await cp2.done('ls -d /var/lib/rancher/k3s/server/db/etcd-old-*')).split('\n').length, 1);

    await assertRestored(servers, { before, ca });
    assert.notEqual(await w1.done('systemctl show k3s-agent -p InvocationID'), agent);
    assert.equal(await cp1.done('grep -c cluster-init /etc/rancher/k3s/config.yaml || true'), '0');
    assert.match(await cp1.done('ls -d /var/lib/rancher/k3s/server/db/etcd-aside-*'), /etcd-aside-/);
    for (const node of all)
      assert.equal(
        await node.done(
          'ls -d /run/coldstart /var/lib/rancher/k3s/server/db/coldstart-* 2>/dev/null || true',
        ),
        '',
      );
  },
);

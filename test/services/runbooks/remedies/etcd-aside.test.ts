import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { failing } from '../../../support/failing.ts';
import { needsNspawn } from '../../../support/needs.ts';
import type { RealNode } from '../../../support/nodes/node.ts';
import { nspawnNode } from '../../../support/nodes/nspawn.ts';
import { begin, ended, standings, terminalOf } from '../../../support/practice-site.ts';
import { realSite, standInK3s, untilServing } from '../../../support/real-site.ts';
import { remedyAsk } from '../../../support/remedies.ts';
import { context } from '../../../support/sites.ts';

const db = '/var/lib/rancher/k3s/server/db';

/** A server whose etcd has data that no longer open. */
async function broken(node: RealNode): Promise<void> {
  await standInK3s(node);
  await untilServing(node);
  await node.done(
    `systemctl stop k3s; echo precious >${db}/etcd/member/made; mkdir -p ${db}/etcd/member/snap
head -c 200000 /dev/urandom >${db}/etcd/member/snap/db; : >${db}/etcd/member/broken; systemctl start k3s; sync`,
  );
}

/** What a power cut may never lead to: a cluster that was made anew. */
async function noEmptyCluster(node: RealNode, when: string): Promise<void> {
  const { stdout } = await node.run(
    `cat ${db}/etcd/member/made 2>/dev/null; cat ${db}/etcd-aside-*/member/made 2>/dev/null; [ -e /run/k3s-ready ] && echo serving; true`,
  );
  assert.equal(stdout.trim(), 'precious', when);
}

test(
  'broken data are copied, moved aside, and K3s does not start by itself any more',
  needsNspawn(),
  async t => {
    const node = await nspawnNode(t, { name: 'wal1' });
    await broken(node);
    const app = await realSite(t, node);
    const { plan, run } = await begin(app, remedyAsk(app, 'etcd-aside', [], 'wal1'));
    assert.deepEqual(
      plan.steps.map(({ id }) => id),
      ['lock', 'copies', 'snapshots', 'disable', 'saved', 'move', 'next', 'tidy'],
    );
    assert.ok(plan.steps.find(({ id }) => id === 'move')?.mayLose);
    const done = await ended(app, run.id);
    assert.equal(done.state, 'passed', `${standings(done)}\n${await terminalOf(app, run.id)}`);
    assert.match(
      done.steps.find(({ id }) => id === 'next')?.saw ?? '',
      /stays stopped until a restore or a rejoin/,
    );
    await noEmptyCluster(node, 'at the end');
    assert.equal((await node.run('systemctl is-enabled k3s')).stdout.trim(), 'disabled');

    const folder = join((await app.calls['app.about']({}, context())).home, 'runs', run.id);
    const copy = join(folder, 'saved', 'var_lib_rancher_k3s_server_db_etcd_member_snap_db');
    assert.equal(statSync(copy).size, 200_000);
    for (const name of readdirSync(folder, { recursive: true, withFileTypes: true }))
      if (name.isFile())
        assert.ok(!readFileSync(join(name.parentPath, name.name)).includes('PRIVATE KEY'), name.name);

    await node.reboot();
    await noEmptyCluster(node, 'after a restart');
    const { says } = await failing('refused', () =>
      app.calls['remedy.form']({ node: app.node, remedy: 'etcd-aside' }, context()),
    );
    assert.match(says, /moved aside already/);
  },
);

/** The commands that change something on the way, and the looks between them. */
const dangerous = /let nothing start|can K3s start here|move the data|where are the data|how is the work/;

for (const how of ['cut', 'cut after'] as const)
  test(
    `the plug is pulled ${how === 'cut' ? 'before' : 'after'} every dangerous command, and no boot makes an empty cluster`,
    needsNspawn(),
    async t => {
      const node = await nspawnNode(t, { name: 'plug1' });
      await broken(node);
      const pulled = new Set<string>();
      const plug = async (what: string): Promise<void> => {
        await node.kill();
        await node.powerOn();
        // K3s is given the time to make what it would make
        await new Promise(done => setTimeout(done, 300));
        await noEmptyCluster(node, what);
      };
      const app = await realSite(t, node, {
        at: command => {
          const what = dangerous.exec(command)?.[0] ?? '';
          if (what === '' || pulled.has(what)) return 'go';
          pulled.add(what);
          return how;
        },
        cutBy: plug,
      });
      const { run } = await begin(app, remedyAsk(app, 'etcd-aside', [], 'plug1'));
      let now = await ended(app, run.id);
      for (let i = 0; now.state !== 'passed' && i < 12; i++) {
        await app.calls['run.continue']({ run: run.id }, context());
        now = await ended(app, run.id);
      }
      assert.equal(now.state, 'passed', standings(now));
      assert.ok(pulled.size >= 5, [...pulled].join());
      await noEmptyCluster(node, 'at the end');
      assert.equal((await node.run('systemctl is-enabled k3s')).stdout.trim(), 'disabled');
    },
  );

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { context } from '../../support/sites.ts';
import {
  begin,
  ended,
  installAsk,
  practiceSite,
  runThrough,
  standings,
  terminalOf,
} from '../../support/practice-site.ts';

suite('the catalogue over both ways', { concurrency: 3 }, () => {
  /** Every runbook of the catalogue, over both ways to a node: what they do may not depend on the cable. */
  for (const over of ['ssh', 'serial'] as const) {
    test(`K3s is installed over ${over}, found to be there, and removed again`, async t => {
      const site = await practiceSite(t);
      const app = await site.open(undefined, over);
      const first = await runThrough(app, await installAsk(app));
      assert.equal(first.state, 'passed', standings(first));
      assert.equal(first.unchanged, false);
      const again = await runThrough(app, await installAsk(app));
      assert.equal(again.state, 'passed', standings(again));
      assert.equal(again.unchanged, true, standings(again));
      const removed = await runThrough(app, {
        is: 'remove-k3s',
        node: app.node,
        typedName: site.name,
      });
      assert.equal(removed.state, 'passed', standings(removed));
      assert.equal(site.station.node.tree.peek('/usr/local/bin/k3s'), undefined);
      await app.close();
      const left = await site.station.run('ls -d /run/coldstart* /dev/shm/coldstart* 2>/dev/null; true');
      assert.equal(left.stdout, '', 'something was left on the node');
    });

    test(`a preflight over ${over} sees the same`, async t => {
      const site = await practiceSite(t);
      const app = await site.open(undefined, over);
      const { checks } = await app.calls['node.preflight']({ node: app.node }, context());
      assert.ok(checks.length > 10);
      const run = await runThrough(app, { is: 'preflight', node: app.node });
      assert.equal(run.state, 'passed', standings(run));
    });

    test(`a snapshot is taken, pulled and checked over ${over}`, async t => {
      const site = await practiceSite(t);
      await site.station.installK3s('etcd');
      const app = await site.open(undefined, over);
      const { name } = await app.calls['snapshot.take']({ node: app.node }, context());
      const pulled = await app.calls['snapshot.pull']({ node: app.node, name }, context());
      assert.equal(pulled.check.intact, true, pulled.check.says);
    });

    test(`K3s is restarted as a remedy over ${over}`, async t => {
      const site = await practiceSite(t);
      await site.station.installK3s('etcd');
      const app = await site.open(undefined, over);
      const run = await runThrough(app, {
        is: 'remedy',
        node: app.node,
        remedy: 'restart-k3s',
        choices: [],
        typedName: '',
      });
      assert.equal(run.state, 'passed', standings(run));
    });
  }

  test('an install over the cable goes on after the adapter was pulled in the middle', async t => {
    const site = await practiceSite(t);
    const app = await site.open(undefined, 'serial');
    const { run } = await begin(app, await installAsk(app));
    const news = app.handlers.feeds['run.news']({ run: run.id }, new AbortController().signal);
    for await (const one of news)
      if (one.is === 'step' && one.step.id === 'lock' && one.step.standing === 'passed') break;
    site.station.serial.pull();
    setTimeout(() => site.station.serial.plug(), 1500);
    let done = await ended(app, run.id);
    if (done.state === 'interrupted') {
      await app.calls['run.continue']({ run: run.id }, context());
      done = await ended(app, run.id);
    }
    assert.equal(done.state, 'passed', `${standings(done)}\n${await terminalOf(app, run.id)}`);
  });
});

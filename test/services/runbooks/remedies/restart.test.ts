import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { failing } from '../../../support/failing.ts';
import {
  begin,
  ended,
  practiceSite,
  runThrough,
  standings,
  terminalOf,
} from '../../../support/practice-site.ts';
import { installedSite, remedyAsk, throughCuts } from '../../../support/remedies.ts';
import { context } from '../../../support/sites.ts';

test('K3s is restarted after its token and settings were copied, and nothing is left on the node', async t => {
  const { site, app } = await installedSite(t);
  const { node } = site.station;
  const before = node.services.unit('k3s')?.pid;
  const token = /^token: "([0-9a-f]{32})"$/m.exec(node.tree.read('/etc/rancher/k3s/config.yaml'))?.[1];
  const { plan, run } = await begin(app, remedyAsk(app, 'restart-k3s'));
  assert.equal(plan.runbook, 'remedy');
  assert.deepEqual(
    plan.steps.map(({ id }) => id),
    ['lock', 'copies', 'restart', 'works', 'tidy'],
  );
  const commands = plan.steps.flatMap(one => one.commands.map(({ text }) => text)).join('\n');
  assert.match(commands, /systemctl "\$3" --no-block/);
  const done = await ended(app, run.id);
  assert.equal(done.state, 'passed', standings(done));
  assert.equal(done.runbook, 'remedy');
  assert.notEqual(node.services.unit('k3s')?.pid, before);
  assert.equal(node.tree.peek('/run/coldstart'), undefined);
  const kept = readdirSync(join(site.home, 'practice', 'runs', run.id));
  assert.ok(
    kept.some(name => name.startsWith('etc-rancher-k3s-config.yaml.')),
    kept.join(),
  );
  for (const name of kept)
    assert.ok(
      token && !readFileSync(join(site.home, 'practice', 'runs', run.id, name)).includes(token),
      name,
    );
  assert.ok(token && !(await terminalOf(app, run.id)).includes(token));
});

for (const how of ['cut before', 'cut after'] as const)
  test(`the connection is ${how} every phase of a restart, and K3s is restarted once`, async t => {
    const both = await installedSite(t);
    const { run, cuts, commands } = await throughCuts(both, remedyAsk(both.app, 'restart-k3s'), how);
    assert.equal(run.state, 'passed', standings(run));
    assert.ok(cuts.length >= 7, cuts.join());
    assert.equal(commands.filter(one => one.includes('and note that it was done')).length, 1);
    assert.equal(both.site.station.node.tree.peek('/run/coldstart'), undefined);
  });

test('a node without K3s refuses every remedy that needs it, and says why', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  for (const remedy of ['restart-k3s', 'renew-certificates', 'rotate-certificates'] as const) {
    const { says, next, untouched } = await failing('refused', () =>
      app.calls['remedy.form']({ node: app.node, remedy }, context()),
    );
    assert.match(says, /no K3s service/);
    assert.ok(next && untouched);
    await failing('refused', () => app.calls['run.plan']({ ask: remedyAsk(app, remedy) }, context()));
  }
});

test('an answer nobody asked for is refused before anything is sent', async t => {
  const { app } = await installedSite(t);
  const { says } = await failing('bad-ask', () =>
    app.calls['run.plan'](
      { ask: remedyAsk(app, 'restart-k3s', [{ name: 'force', value: 'yes' }]) },
      context(),
    ),
  );
  assert.match(says, /nothing called “force”/);
});

test('certificates are renewed by a restart and every one is checked', async t => {
  const { app } = await installedSite(t);
  const done = await runThrough(app, remedyAsk(app, 'renew-certificates'));
  assert.equal(done.state, 'passed', standings(done));
  assert.match(done.steps.find(({ id }) => id === 'certificates')?.saw ?? '', /^\d+ certificates are valid/);
});

test('a wrong clock is set before certificates are made', async t => {
  const { site, app } = await installedSite(t);
  site.station.set({ clockOffsetMs: -400 * 86_400_000 });
  const { says, next } = await failing('refused', () =>
    app.calls['remedy.form']({ node: app.node, remedy: 'renew-certificates' }, context()),
  );
  assert.match(says, /clock/);
  assert.match(next ?? '', /set-clock/);
});

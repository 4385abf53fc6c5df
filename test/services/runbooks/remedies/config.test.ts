import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { failing } from '../../../support/failing.ts';
import { needsNspawn } from '../../../support/needs.ts';
import { nspawnNode } from '../../../support/nodes/nspawn.ts';
import { begin, ended, runThrough, standings, terminalOf } from '../../../support/practice-site.ts';
import { realSite, standInK3s, untilServing } from '../../../support/real-site.ts';
import { installedSite, remedyAsk, throughCuts } from '../../../support/remedies.ts';
import { context } from '../../../support/sites.ts';
import { rootCred } from '../../../../main/practice/station/disk/nodes.ts';

const path = '/etc/rancher/k3s/config.yaml';

test(
  'a misspelled setting that keeps K3s down is shown, put right, and K3s starts',
  needsNspawn(),
  async t => {
    const node = await nspawnNode(t);
    await standInK3s(node, 'cluster-init: true\ntoken: "hidden-word"\ntls-sann:\n  - a.b\n');
    await node.done('sleep 0.5; ! [ -e /run/k3s-ready ]');
    const app = await realSite(t, node);
    const form = await app.calls['remedy.form']({ node: app.node, remedy: 'repair-config' }, context());
    assert.deepEqual(
      form.fields.map(({ name, value }) => [name, value]),
      [['config-3', 'mend']],
    );
    const { plan, run } = await begin(app, remedyAsk(app, 'repair-config'));
    assert.match(
      JSON.stringify(plan.steps),
      /- 3 {2}tls-sann:\\\\n\+ 3 {2}tls-san:|- 3 {2}tls-sann:\\n\+ 3 {2}tls-san:/,
    );
    const done = await ended(app, run.id);
    assert.equal(done.state, 'passed', standings(done));
    await untilServing(node);
    assert.equal(
      await node.done(`cat ${path}`),
      'cluster-init: true\ntoken: "hidden-word"\ntls-san:\n  - a.b',
    );
    assert.equal(await node.done(`stat -c %a ${path}`), '600');
    assert.match(await node.done(`cat ${path}.before-*`), /tls-sann/);
    assert.ok(!JSON.stringify(plan).includes('hidden-word'));
    assert.ok(!(await terminalOf(app, run.id)).includes('hidden-word'));
    const { says } = await failing('refused', () =>
      app.calls['remedy.form']({ node: app.node, remedy: 'repair-config' }, context()),
    );
    assert.match(says, /Nothing is wrong/);
  },
);

test('a file somebody changed since the plan was shown is left alone', async t => {
  const { site, app } = await installedSite(t);
  const { tree } = site.station.node;
  const good = tree.read(path);
  tree.write(path, `${good}tls-sann: [x]\n`, 0o600);
  const { run } = await (async () => {
    const ask = remedyAsk(app, 'repair-config');
    const plan = await app.calls['run.plan']({ ask }, context());
    tree.write(path, `# mine\n${good}tls-sann: [x]\n`, 0o600);
    return { run: await app.calls['run.start']({ ask, digest: plan.digest }, context()) };
  })();
  const done = await ended(app, run.id);
  assert.equal(done.failure?.code, 'refused', standings(done));
  assert.match(done.failure?.says ?? '', /changed it since/);
  assert.equal(tree.read(path), `# mine\n${good}tls-sann: [x]\n`);
});

for (const how of ['cut before', 'cut after'] as const)
  test(`the connection is ${how} every phase of a repair of the settings, and it ends well`, async t => {
    const both = await installedSite(t);
    const { tree } = both.site.station.node;
    const good = tree.read(path);
    tree.write(path, `${good}node-labl: [rack=north]\n`, 0o600);
    const { run } = await throughCuts(both, remedyAsk(both.app, 'repair-config'), how);
    assert.equal(run.state, 'passed', standings(run));
    assert.equal(tree.read(path), `${good}node-label: [rack=north]\n`);
    assert.ok(tree.peek(path, rootCred));
  });

test('no secret of a settings file is written down anywhere on the laptop', async t => {
  const { site, app } = await installedSite(t);
  const { tree } = site.station.node;
  tree.write(path, `${tree.read(path)}tokn: very-hidden-word\n`, 0o600);
  const done = await runThrough(
    app,
    remedyAsk(app, 'repair-config', [
      { name: `config-${tree.read(path).split('\n').length - 1}`, value: 'comment' },
    ]),
  );
  assert.equal(done.state, 'passed', standings(done));
  await app.close();
  const walk = (at: string): string[] =>
    readdirSync(at).flatMap(name => {
      const full = join(at, name);
      return statSync(full).isDirectory() ? walk(full) : statSync(full).isFile() ? [full] : [];
    });
  for (const file of walk(site.home)) assert.ok(!readFileSync(file).includes('very-hidden-word'), file);
});

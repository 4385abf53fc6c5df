import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failing } from '../../../support/failing.ts';
import { needsNspawn } from '../../../support/needs.ts';
import { nspawnNode } from '../../../support/nodes/nspawn.ts';
import {
  begin,
  ended,
  practiceSite,
  runThrough,
  standings,
  terminalOf,
} from '../../../support/practice-site.ts';
import { realSite, standInK3s, untilServing } from '../../../support/real-site.ts';
import { installedSite, remedyAsk, throughCuts } from '../../../support/remedies.ts';
import { context } from '../../../support/sites.ts';

const path = '/etc/rancher/k3s/config.yaml';

test(
  'a token that differs from the data’s is replaced by the kept one, and is never shown',
  needsNspawn(),
  async t => {
    const node = await nspawnNode(t);
    await standInK3s(node, 'cluster-init: true\ntoken: "the-right-word"\n');
    await untilServing(node);
    const app = await realSite(t, node);
    // any remedy keeps the token on its way
    assert.equal((await runThrough(app, remedyAsk(app, 'restart-k3s'))).state, 'passed');
    await node.done(
      `sed -i 's/the-right-word/a-wrong-word/' ${path}; systemctl restart k3s; sleep 0.5; ! [ -e /run/k3s-ready ]`,
    );
    const form = await app.calls['remedy.form']({ node: app.node, remedy: 'put-token' }, context());
    assert.equal(form.fields[0]?.options?.length, 1);
    const { plan, run } = await begin(app, remedyAsk(app, 'put-token'));
    const done = await ended(app, run.id);
    assert.equal(done.state, 'passed', standings(done));
    await untilServing(node);
    assert.equal(await node.done(`cat ${path}`), 'cluster-init: true\ntoken: "the-right-word"');
    for (const word of ['the-right-word', 'a-wrong-word']) {
      assert.ok(!JSON.stringify([form, plan, done]).includes(word), word);
      assert.ok(!(await terminalOf(app, run.id)).includes(word), word);
    }
  },
);

test('without a kept token there is nothing to put in', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  await failing('refused', () =>
    app.calls['remedy.form']({ node: app.node, remedy: 'put-token' }, context()),
  );
});

for (const how of ['cut before', 'cut after'] as const)
  test(`the connection is ${how} every phase of putting a token in, and it ends well`, async t => {
    const both = await installedSite(t);
    const { tree } = both.site.station.node;
    const good = tree.read(path);
    tree.write(path, good.replace(/^token: .*$/m, 'token: wrong'), 0o600);
    const { run } = await throughCuts(both, remedyAsk(both.app, 'put-token'), how);
    assert.equal(run.state, 'passed', standings(run));
    assert.equal(tree.read(path), good);
  });

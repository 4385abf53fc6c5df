import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rootCred } from '../../../../main/practice/station/disk/nodes.ts';
import { failing } from '../../../support/failing.ts';
import { needsNspawn } from '../../../support/needs.ts';
import { nspawnNode } from '../../../support/nodes/nspawn.ts';
import { begin, ended, runThrough, standings } from '../../../support/practice-site.ts';
import { realSite, standInK3s, untilServing } from '../../../support/real-site.ts';
import { installedSite, remedyAsk, throughCuts } from '../../../support/remedies.ts';
import { context } from '../../../support/sites.ts';

const images = '/var/lib/rancher/k3s/agent/images';
const archive = (site: Awaited<ReturnType<typeof installedSite>>['site']): string => {
  const folder = site.station.node.tree.peek(images);
  const name =
    folder?.kind === 'folder'
      ? [...folder.entries.keys()].find(one => one.startsWith('k3s-airgap'))
      : undefined;
  return `${images}/${name ?? ''}`;
};

test('a lost image archive is brought again from the vault and imported', async t => {
  const { site, app } = await installedSite(t);
  const path = archive(site);
  site.station.node.tree.unlink(path, rootCred);
  const done = await runThrough(app, remedyAsk(app, 'import-images'));
  assert.equal(done.state, 'passed', standings(done));
  assert.ok(site.station.node.tree.peek(path));
  assert.equal(site.station.node.tree.peek('/var/lib/rancher/k3s/.coldstart'), undefined);
});

test('the connection is cut at every phase of bringing images, and they arrive whole', async t => {
  const both = await installedSite(t);
  const path = archive(both.site);
  both.site.station.node.tree.unlink(path, rootCred);
  const { run } = await throughCuts(both, remedyAsk(both.app, 'import-images'), 'cut after');
  assert.equal(run.state, 'passed', standings(run));
  assert.ok(both.site.station.node.tree.peek(path));
});

test('images are refused when the vault has no bundle of the node’s version', needsNspawn(), async t => {
  const node = await nspawnNode(t, { name: 'img1' });
  await standInK3s(node);
  const app = await realSite(t, node);
  const { says } = await failing('refused', () =>
    app.calls['remedy.form']({ node: app.node, remedy: 'import-images' }, context()),
  );
  assert.match(says, /no bundle of v1\.33\.5\+k3s1/);
});

test(
  'a broken containerd goes aside only with archives of what the pods need, and K3s starts without it',
  needsNspawn(),
  async t => {
    const node = await nspawnNode(t, { name: 'ctr1' });
    await standInK3s(node);
    await untilServing(node);
    await node.done(`d=/var/lib/rancher/k3s/agent; mkdir -p $d/containerd/io.containerd.metadata.v1.bolt $d/images /tmp/a
printf 'x\\0docker.io/rancher/mirrored-pause:3.6\\0\\0reg.site:5000/app/web:2\\0y' >$d/containerd/io.containerd.metadata.v1.bolt/meta.db
printf '#!/bin/sh\\nsystemctl stop k3s\\nexit 0\\n' >/usr/local/bin/k3s-killall.sh; chmod 755 /usr/local/bin/k3s-killall.sh; echo '{"x":1}' >$d/images/.cache.json`);
    const app = await realSite(t, node);
    const look = () => app.calls['remedy.form']({ node: app.node, remedy: 'containerd-aside' }, context());
    assert.match((await failing('refused', look)).says, /no pod would start again/);

    await node.done(
      `cd /tmp/a; printf '[{"RepoTags":["rancher/mirrored-pause:3.6"]}]' >manifest.json; tar -czf ${images}/own.tar.gz manifest.json`,
    );
    const form = await look();
    assert.deepEqual(
      form.fields[0]?.options?.map(({ value }) => value),
      ['reg.site:5000/app/web:2'],
    );
    const { says } = await failing('refused', () =>
      app.calls['run.plan']({ ask: remedyAsk(app, 'containerd-aside', [], 'ctr1') }, context()),
    );
    assert.match(says, /reg\.site:5000\/app\/web:2/);

    // the stand-in has no containerd to ask; here it says what it would have imported
    await node.done(
      `sed -i 's|^  certificate)|  ctr) zcat ${images}/own.tar.gz \\| tar -xOf - manifest.json ;;\\n  certificate)|' /usr/local/bin/k3s`,
    );
    const lost = [{ name: 'not-needed', value: 'reg.site:5000/app/web:2' }];
    const { plan, run } = await begin(app, remedyAsk(app, 'containerd-aside', lost, 'ctr1'));
    assert.match(plan.steps.find(({ id }) => id === 'kill')?.mayLose ?? '', /Every pod/);
    const done = await ended(app, run.id);
    assert.equal(done.state, 'passed', standings(done));
    assert.match(await node.done('ls /var/lib/rancher/k3s/agent'), /containerd\.bad-/);
    assert.equal(await node.done(`cat ${images}/.cache.json`), '');
    await untilServing(node);
  },
);

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run } from '../../preload/contract/domain.ts';
import { needs, needsNspawn } from '../support/needs.ts';
import { nspawnNode } from '../support/nodes/nspawn.ts';
import { content, put } from '../support/nodes/several.ts';
import { realSite, wholeInstall } from '../support/nodes/site.ts';

const needed = { ...needsNspawn(), ...needs('gcc') };
const web = '/registry/deployments/shop/web';
const deployment = (replicas: number): string =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { replicas },
  });

test(
  'a real server gets its snapshot back, every key as it was, its disk torn in between',
  needed,
  async t => {
    const node = await nspawnNode(t, { name: 'cp1', diskMiB: 12_000 });
    const { cli } = await realSite(t, node);
    await cli.done('install', 'cp1', '--yes');
    await put(node, web, deployment(2));
    const taken = await cli.done('snapshot', 'take', 'cp1', '--pull');
    const before = await content(node);
    await put(node, web, deployment(9));
    await put(node, '/registry/configmaps/shop/late', 'after the snapshot');
    // the datastore is gone as well: nothing of it can be read any more
    await node.done(
      'systemctl stop k3s; for f in /var/lib/rancher/k3s/server/db/etcd/member/wal/*.wal; do : >"$f"; done',
    );

    const ask = ['restore', 'cp1', taken.name, '--kind', 'single', '--typed-name', 'cp1'];
    const run = (await cli.done(...ask, '--yes')) as Run;
    assert.equal(run.state, 'passed');
    assert.match(
      run.steps.find(({ id }) => id === 'compared')?.saw ?? '',
      /all 1 nodes and 1 workloads of the snapshot/,
    );
    const now = await content(node);
    // the server writes its own Node anew when it starts
    for (const [key, value] of before)
      if (!key.startsWith('/registry/minions/')) assert.equal(now.get(key), value, key);
    assert.deepEqual([...now.keys()], [...before.keys()]);
    await wholeInstall(node);
    assert.match(await node.done('ls -d /var/lib/rancher/k3s/server/db/etcd-old-*'), /etcd-old-\d+$/);
    assert.equal(await node.done('ls -d /var/lib/rancher/k3s/server/db/coldstart-* 2>/dev/null || true'), '');
  },
);

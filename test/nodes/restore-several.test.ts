import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plan, Run } from '../../preload/contract/domain.ts';
import { needs, needsNspawn } from '../support/needs.ts';
import { laptopOf } from '../support/nodes/laptop-of.ts';
import {
  assertRestored,
  clusterCa,
  configMap,
  content,
  put,
  threeServers,
} from '../support/nodes/several.ts';

const needed = { ...needsNspawn(), ...needs('gcc', 'sftp') };
const one = '/registry/configmaps/default/one';

test('three servers get their snapshot back from the command line, every key as it was', needed, async t => {
  const { cp1, w1, servers, all } = await threeServers(t);
  const cli = (await laptopOf(t, all)).cli;
  await put(cp1, one, configMap('one', 'before'));
  const ca = await clusterCa(cp1);
  const taken = await cli.done('snapshot', 'take', 'cp2', '--pull');
  const before = await content(cp1);
  await put(cp1, one, configMap('one', 'after'));
  await put(cp1, '/registry/configmaps/default/two', 'new');
  const agent = await w1.done('systemctl show k3s-agent -p InvocationID');

  // cp2 is restored; cp1, which founded the cluster, has to come back empty and must not found another.
  const ask = ['restore', 'cp2', taken.name, '--kind', 'ha', '--choose', 'copy=no'];
  const { plan } = (await cli.done(...ask, '--dry-run')) as { plan: Plan };
  const asked = plan.steps.flatMap(({ commands }) => commands.map(({ node }) => node));
  assert.deepEqual(new Set(asked), new Set([undefined, 'cp1', 'cp3', 'w1']));
  assert.equal((await cli.run(...ask, '--yes')).json.failure.code, 'consent-needed');
  const run = (await cli.done(...ask, '--typed-name', 'cp2', '--yes')) as Run;
  assert.equal(run.state, 'passed');

  await assertRestored(servers, { before, ca });
  assert.notEqual(await w1.done('systemctl show k3s-agent -p InvocationID'), agent);
  assert.equal(await cp1.done('grep -c cluster-init /etc/rancher/k3s/config.yaml || true'), '0');
  assert.match(await cp1.done('ls -d /var/lib/rancher/k3s/server/db/etcd-aside-*'), /etcd-aside-/);
  const left =
    'ls -d /run/coldstart /var/lib/rancher/k3s/.coldstart /var/lib/rancher/k3s/server/db/coldstart-* 2>/dev/null || true';
  for (const node of all) assert.equal(await node.done(left), '', node.name);
});

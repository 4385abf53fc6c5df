import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run } from '../../preload/contract/domain.ts';
import { needs, needsNspawn } from '../support/needs.ts';
import { content } from '../support/nodes/several.ts';
import { serverAndSpare } from '../support/nodes/spare.ts';

const needed = { ...needsNspawn(), ...needs('gcc', 'sftp') };

test('a drill on a spare machine is timed, and touches nothing of the site', needed, async t => {
  const { cli, add, cp1, spare, snapshot, before } = await serverAndSpare(t);
  await add(spare);
  await cli.done('install', 'spare', '--yes');
  const ask = ['restore', 'spare', snapshot, '--kind', 'drill', '--typed-name', 'spare'];
  // the server of the cluster itself is no spare
  const own = await cli.run('restore', 'cp1', snapshot, '--kind', 'drill', '--typed-name', 'cp1', '--yes');
  assert.match(own.json.failure.says, /a server of the cluster itself/);

  const run = (await cli.done(...ask, '--yes')) as Run;
  assert.equal(run.state, 'passed');
  assert.match(run.steps.find(({ id }) => id === 'compared')?.saw ?? '', /all 1 nodes and 0 workloads/);
  const ours = '/var/lib/rancher /etc/rancher/k3s /usr/local/bin/k3s /run/coldstart';
  assert.equal(await spare.done(`ls -d ${ours} 2>/dev/null || true`), '');
  assert.deepEqual(await content(cp1), before);
  assert.equal(await cp1.done('systemctl is-active k3s'), 'active');

  const { restores } = await cli.done('site', 'restores');
  const [record] = restores;
  assert.deepEqual(
    [restores.length, record.kind, record.verified, record.snapshot],
    [1, 'drill', true, snapshot],
  );
  assert.ok(record.seconds > 1 && record.seconds < 120, JSON.stringify(record));
});

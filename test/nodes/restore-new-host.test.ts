import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run } from '../../preload/contract/domain.ts';
import { needs, needsNspawn } from '../support/needs.ts';
import { clusterCa, content } from '../support/nodes/several.ts';
import { serverAndSpare, written } from '../support/nodes/spare.ts';

const needed = { ...needsNspawn(), ...needs('gcc', 'sftp') };
const server = '/var/lib/rancher/k3s/server';
const nodes = '/registry/minions/';

test(
  'a machine that was never in the cluster takes the place of a server that burnt down',
  needed,
  async t => {
    const { cli, add, cp1, spare, snapshot, before, ca } = await serverAndSpare(t);
    await cp1.kill();
    await add(spare);
    const ask = [
      'restore',
      'spare',
      snapshot,
      '--kind',
      'new-host',
      '--typed-name',
      'spare',
      '--choose',
      'copy=no',
    ];
    assert.match((await cli.run(...ask, '--dry-run')).json.failure.next, /install/i);
    await cli.done('install', 'spare', '--yes');
    assert.notEqual(await clusterCa(spare), ca);
    const run = (await cli.done(...ask, '--choose', 'fenced=cp1', '--yes')) as Run;
    assert.equal(run.state, 'passed');
    assert.equal(await clusterCa(spare), ca);
    const now = await content(spare);
    assert.equal(now.get(written.key), written.value);
    const others = (all: ReadonlyMap<string, string>) => [...all].filter(([key]) => !key.startsWith(nodes));
    assert.deepEqual(others(now), others(before));
    assert.deepEqual(
      [...now.keys()].filter(key => key.startsWith(nodes)),
      [`${nodes}spare`],
    );
    assert.equal(await spare.done('systemctl is-enabled k3s; systemctl is-active k3s'), 'enabled\nactive');
    const aside = await spare.done(
      `ls -d ${server}/tls-aside-* ${server}/cred-aside-* ${server}/db/etcd-aside-*`,
    );
    assert.equal(aside.split('\n').length, 3, aside);
    assert.equal(await spare.done(`ls -d ${server}/db/coldstart-* /run/coldstart 2>/dev/null || true`), '');
  },
);

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run } from '../../preload/contract/domain.ts';
import { needs, needsNspawn } from '../support/needs.ts';
import { laptopOf } from '../support/nodes/laptop-of.ts';
import { nspawnNode } from '../support/nodes/nspawn.ts';
import { clusterCa, configMap, content, put } from '../support/nodes/several.ts';

const needed = { ...needsNspawn(), ...needs('gcc', 'sftp') };
const one = '/registry/configmaps/default/one';

test(
  'a machine that was never in the cluster takes the place of a server that burnt down',
  needed,
  async t => {
    const [old, spare] = await Promise.all([
      nspawnNode(t, { name: 'cp1', diskMiB: 12_000 }),
      nspawnNode(t, { name: 'spare', diskMiB: 12_000 }),
    ]);
    const { cli, add, withBundle } = await laptopOf(t, [old]);
    await withBundle();
    await cli.done('install', 'cp1', '--yes');
    await put(old, one, configMap('one', 'written'));
    const taken = await cli.done('snapshot', 'take', 'cp1', '--pull');
    const before = await content(old);
    const ca = await clusterCa(old);
    await old.kill();

    await add(spare);
    const ask = [
      'restore',
      'spare',
      taken.name,
      '--kind',
      'new-host',
      '--typed-name',
      'spare',
      '--choose',
      'copy=no',
    ];
    const bare = await cli.run(...ask, '--dry-run');
    assert.match(bare.json.failure.next, /install/i);
    await cli.done('install', 'spare', '--yes');
    assert.notEqual(await clusterCa(spare), ca);

    assert.match((await cli.run(...ask, '--dry-run')).json.failure?.says ?? '', /cp1 does not answer/);
    const run = (await cli.done(...ask, '--choose', 'fenced=cp1', '--yes')) as Run;
    assert.equal(run.state, 'passed');
    assert.equal(await clusterCa(spare), ca);
    const now = await content(spare);
    assert.equal(now.get(one), configMap('one', 'written'));
    const others = (all: ReadonlyMap<string, string>) =>
      [...all].filter(([key]) => !key.startsWith('/registry/minions/'));
    assert.deepEqual(others(now), others(before));
    assert.deepEqual(
      [...now.keys()].filter(key => key.startsWith('/registry/minions/')),
      ['/registry/minions/spare'],
    );
    assert.equal(await spare.done('systemctl is-enabled k3s; systemctl is-active k3s'), 'enabled\nactive');
    const server = '/var/lib/rancher/k3s/server';
    assert.match(
      await spare.done(`ls -d ${server}/tls-aside-* ${server}/cred-aside-* ${server}/db/etcd-aside-*`),
      /etcd-aside-/,
    );
    assert.equal(await spare.done(`ls -d ${server}/db/coldstart-* /run/coldstart 2>/dev/null || true`), '');
    // it comes up by itself, as the server of the old cluster
    await spare.reboot();
    await spare.done('for n in $(seq 100); do systemctl is-active -q k3s && exit 0; sleep 0.2; done; exit 1');
    assert.equal(await clusterCa(spare), ca);

    const { restores } = await cli.done('site', 'restores');
    assert.deepEqual([restores.length, restores[0].kind, restores[0].verified], [1, 'new-host', true]);
  },
);

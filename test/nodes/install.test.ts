import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run } from '../../preload/contract/domain.ts';
import { needs, needsNspawn } from '../support/needs.ts';
import { nspawnNode } from '../support/nodes/nspawn.ts';
import { realSite, wholeInstall } from '../support/nodes/site.ts';

const needed = { ...needsNspawn(), ...needs('gcc') };
const disk = { name: 'cp1', diskMiB: 12_000 };

test(
  'a real node is looked at, installed, its snapshot taken, pulled and checked, and K3s removed again',
  needed,
  async t => {
    const node = await nspawnNode(t, disk);
    const { cli } = await realSite(t, node);
    const before = await cli.run('node', 'preflight', 'cp1');
    const blocked = before.json.checks.filter((check: { verdict: string }) => check.verdict === 'blocked');
    assert.deepEqual(blocked, []);

    const run: Run = await cli.done('install', 'cp1', '--yes');
    assert.equal(run.state, 'passed');
    await wholeInstall(node);
    // The work ran as a unit of its own, outside the login's session.
    assert.match(
      await node.done('journalctl -o cat --no-pager'),
      /Started coldstart-[0-9a-f]{8}-install-1\.service/,
    );
    assert.equal((await cli.done('install', 'cp1', '--yes')).unchanged, true);

    const taken = await cli.done('snapshot', 'take', 'cp1', '--pull');
    assert.equal(taken.check.intact, true, JSON.stringify(taken));
    assert.equal((await cli.done('snapshot', 'verify', taken.name)).check.intact, true);

    const removed: Run = await cli.done('remove', 'cp1', '--typed-name', 'cp1', '--yes');
    assert.equal(removed.state, 'passed');
    assert.equal(
      await node.done('ls -d /var/lib/rancher /etc/rancher/k3s /usr/local/bin/k3s 2>/dev/null || true'),
      '',
    );
    assert.equal(await node.done('pgrep -l "k3s|etcd" || true'), '');
  },
);

test(
  'K3s comes back by itself after a reboot and after a pulled plug, with the data it had',
  needed,
  async t => {
    const node = await nspawnNode(t, disk);
    const { cli } = await realSite(t, node);
    await cli.done('install', 'cp1', '--yes');
    const uid = (): Promise<string> => node.done('k3s kubectl get namespaces');
    const before = await uid();
    const up = 'for n in $(seq 100); do systemctl is-active -q k3s && exit 0; sleep 0.2; done; exit 1';
    await node.reboot();
    await node.done(up);
    assert.equal(await uid(), before);
    await node.kill();
    await node.powerOn();
    await node.done(up);
    assert.equal(await uid(), before);
    await wholeInstall(node);
  },
);

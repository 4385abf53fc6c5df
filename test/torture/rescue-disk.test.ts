import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run } from '../../preload/contract/domain.ts';
import { needsQemu } from '../support/needs.ts';
import { firstChapters } from '../support/nodes/laptop.ts';
import { server, sickNode } from '../support/nodes/sick-node.ts';
import { untilServing } from '../support/real-site.ts';

test(
  'over its console alone a real machine whose disk is really full gets room, and K3s starts again',
  needsQemu(),
  async t => {
    const { node, cli } = await sickNode(t);
    await node.done(
      'dd if=/dev/zero of=/var/fill bs=1M count=64 status=none; fallocate -l "$(df --output=avail -B1 / | tail -n 1)" /var/fill2 || :; cat /dev/zero >/var/fill3 2>/dev/null || :; systemctl start --no-block k3s; sleep 2; ! [ -e /run/k3s-ready ]',
    );
    const found = await firstChapters(cli);
    const [first] = found.findings;
    assert.deepEqual([first?.cause, first?.sure], ['disk-full', 'certain'], found.says);
    assert.match(first?.lines[0]?.text ?? '', /\/$/);
    assert.deepEqual(
      first?.remedies.map(({ remedy }) => remedy),
      ['free-disk'],
    );

    const run = (await cli.done('remedy', 'cp1', 'free-disk', '--typed-name', 'cp1', '--yes')) as Run;
    assert.equal(run.state, 'passed');
    assert.match(run.steps.find(({ id }) => id === 'copies')?.saw ?? '', /kept on the laptop/);
    assert.match(run.steps.find(({ id }) => id === 'remove')?.saw ?? '', /MiB free now, 0 MiB before/);
    assert.equal((await node.run('ls /var/cache/apt/archives/old.deb')).code, 2);
    assert.equal(await node.done(`ls ${server}/db/snapshots | tr '\\n' ' '`), 'new-2 old-1');
    await untilServing(node);
    assert.equal(await node.done('ls -d /run/coldstart 2>/dev/null || true'), '');

    assert.deepEqual((await firstChapters(cli)).findings, []);
  },
);

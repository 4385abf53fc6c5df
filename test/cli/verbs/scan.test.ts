import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LanNow, Machine } from '../../../preload/contract/scan.ts';
import { commandLine, failureIn } from '../../support/coldstart.ts';

test('from the command line the practice network is scanned, its node is known after a login, and nonsense is refused', async t => {
  const home = mkdtempSync(join(tmpdir(), 'coldstart-scan-'));
  t.after(() => {
    rmSync(home, { recursive: true, force: true });
  });
  const cli = commandLine(home, ['--practice']);
  const lan = (await cli.done('scan', 'networks')) as LanNow;
  assert.deepEqual(
    lan.networks.map(each => [each.cidr, each.proposed]),
    [['192.168.50.0/24', true]],
  );
  failureIn(await cli.run('scan', '10.0.0.0/8'), 'bad-ask');
  failureIn(await cli.run('scan', '10.0.0.0/19'), 'bad-ask');
  failureIn(await cli.run('scan', '--ports', '22,x'), 'bad-ask');

  await cli.done('node', 'show', 'practice-node-1');
  const scanned = await cli.done('scan', '192.168.50.0/27', '--fast', '--exclude', '192.168.50.1');
  const machines = scanned.inventory.machines as readonly Machine[];
  const node = machines.find(each => each.addresses[0]?.address === '192.168.50.11');
  assert.equal(node?.name, 'practice-node-1');
  assert.equal(node.cluster.is, 'known');
  assert.ok(!machines.some(each => each.addresses[0]?.address === '192.168.50.1'));
  assert.equal(scanned.summary.missing.length, 0);

  const shown = await cli.done('site', 'show');
  assert.equal(shown.inventory.machines.length, 1);
  failureIn(await cli.run('site', 'join', '192.168.50.11'), 'refused');
  failureIn(await cli.run('site', 'join', '10.9.9.9'), 'no-such-thing');

  const listening = cli.start('scan', '--listen');
  await new Promise(resolve => setTimeout(resolve, 1500));
  listening.child.kill('SIGINT');
  assert.equal((await listening.ended).status, 4);
});

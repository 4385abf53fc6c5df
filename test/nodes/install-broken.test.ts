import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run } from '../../preload/contract/domain.ts';
import { failureIn } from '../support/coldstart.ts';
import { needs, needsNspawn } from '../support/needs.ts';
import { nspawnNode } from '../support/nodes/nspawn.ts';
import { realSite, wholeInstall } from '../support/nodes/site.ts';

const needed = { ...needsNspawn(), ...needs('gcc') };
const disk = { name: 'cp1', diskMiB: 12_000 };

test(
  'an install whose laptop dies in the middle is continued, and the install script ran once',
  needed,
  async t => {
    const node = await nspawnNode(t, disk);
    const { cli } = await realSite(t, node);
    const installing = cli.start('install', 'cp1', '--yes');
    await installing.until(/✓ Bring the K3s binary/);
    installing.child.kill('SIGKILL');
    await installing.ended;
    const [left]: Run[] = (await cli.done('run', 'list')).runs;
    assert.equal(left?.state, 'interrupted');
    assert.equal((await cli.done('run', 'continue', left.id)).state, 'passed');
    await wholeInstall(node);
    const units = await node.done('journalctl -o cat --no-pager | grep -c "Started coldstart-.*-install-"');
    assert.equal(units, '1');
  },
);

test('a node that restarts during an install stops the run; continued, it ends whole', needed, async t => {
  const node = await nspawnNode(t, disk);
  const { cli } = await realSite(t, node);
  const installing = cli.start('install', 'cp1', '--yes');
  await installing.until(/✓ Bring the images/);
  await node.kill();
  await node.powerOn();
  const said = await installing.ended;
  if (said.status !== 0) {
    assert.equal(said.json.state, 'interrupted', said.stdout + said.stderr);
    failureIn(said, said.json.failure.code);
    assert.equal((await cli.done('run', 'continue', said.json.id)).state, 'passed');
  }
  await wholeInstall(node);
});

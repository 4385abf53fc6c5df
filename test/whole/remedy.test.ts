import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { remedies } from '../../preload/contract/doctor.ts';
import { commandLine } from '../support/coldstart.ts';
import { folder } from '../support/folder.ts';

const root = join(import.meta.dirname, '..', '..');

test('a remedy on the command line: shown first, agreed to, run, and refused with its reason', async t => {
  const cli = commandLine(folder(t), ['--practice']);
  await cli.done('bundle', 'import', join(root, 'resources/practice/bundle'));
  const [{ name }] = (await cli.done('node', 'list')).nodes;
  const none = await cli.run('remedy', name, 'restart-k3s', '--dry-run');
  assert.equal(none.status, 3, none.stdout);
  assert.match(none.json.failure.says, /no K3s service/);
  await cli.done('install', name, '--yes');
  const runs = async (): Promise<number> => (await cli.done('run', 'list')).runs.length;
  const before = await runs();

  const shown = await cli.done('remedy', name, 'restart-k3s', '--dry-run');
  assert.equal(shown.form.remedy, 'restart-k3s');
  assert.ok(shown.plan.steps.length >= 4);
  assert.equal(
    (await cli.run('remedy', name, 'restart-k3s')).status,
    3,
    'no terminal and no --yes is no consent',
  );
  assert.equal(await runs(), before, 'nothing was run yet');

  const done = await cli.done('remedy', name, 'restart-k3s', '--yes');
  assert.equal(done.state, 'passed');
  assert.equal(done.runbook, 'remedy');
  assert.equal(
    (await cli.run('remedy', name, 'set-clock', '--yes')).status,
    3,
    'a clock that agrees is left alone',
  );
  const unknown = await cli.run('remedy', name, 'pray');
  assert.equal(unknown.status, 2);
  assert.ok(remedies.every(one => String(unknown.json.failure.next).includes(one)));
  assert.equal((await cli.run('remedy', name, 'restart-k3s', '--choose', 'nothing', '--yes')).status, 2);
});

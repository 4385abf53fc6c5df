import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Run } from '../../../preload/contract/domain.ts';
import { failureIn } from '../../support/coldstart.ts';
import { fieldSite, withBundle } from '../../support/field-site.ts';

test('an install writes its stick, waits for it in the node, is stopped, and then goes without one', async t => {
  const site = await fieldSite(t);
  await withBundle(site);
  const stick = join(site.folder, 'stick');
  failureIn(await site.cli.run('install', 'cp1', '--by-stick', stick, '--yes'), 'no-such-thing');
  mkdirSync(stick);

  const going = site.cli.start('install', 'cp1', '--by-stick', stick, '--yes');
  await going.until(/Plug the stick into cp1: no stick is plugged in yet/);
  assert.match(going.said(), /k3s: written, read back, SHA-256 equal/);
  assert.match(going.said(), /plug it into cp1: the run waits for it/);
  const names = readdirSync(join(stick, 'coldstart-carry')).toSorted();
  assert.equal(names.length, 3);
  assert.ok(
    names.every(name => /^(README\.txt|[0-9a-f]{16}-k3s[a-z0-9.-]*)$/.test(name)),
    names.join(' '),
  );
  going.child.kill('SIGINT');
  failureIn(await going.ended, 'cancelled');
  assert.equal((await site.node.run('ls /run/coldstart /var/lib/rancher/k3s/.coldstart', 'root')).stdout, '');

  const without = (await site.cli.done('install', 'cp1', '--yes')) as Run;
  assert.equal(without.state, 'passed');
  assert.ok(without.steps.every(({ id }) => id !== 'stick'));
  // Now everything is there: a plan by stick needs none.
  const again = (await site.cli.done('install', 'cp1', '--from-stick', '--yes')) as Run;
  assert.equal(again.unchanged, true);
  assert.match(again.steps.find(({ id }) => id === 'stick')?.saw ?? '', /no stick is needed/);
});

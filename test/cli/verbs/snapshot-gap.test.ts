import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GapWatch } from '../../../preload/contract/snapshots/gap.ts';
import { failureIn } from '../../support/coldstart.ts';
import { fieldSite, withBundle } from '../../support/field-site.ts';

test('the gap is told with its remedy, ends with 1, and with 0 once it is closed', async t => {
  const site = await fieldSite(t);
  await withBundle(site);
  await site.cli.done('install', 'cp1', '--yes');
  // as K3s keeps them when nobody says how many
  await site.node.run(
    "sed -i '/^etcd-snapshot-/d' /etc/rancher/k3s/config.yaml; systemctl restart k3s",
    'root',
  );
  const { status, json } = await site.cli.run('snapshot', 'gap', 'cp1');
  const gap = json as GapWatch;
  assert.deepEqual([status, gap.verdict, gap.daysCovered, gap.daysWanted], [1, 'gap', 2, 7]);

  await site.cli.done('remedy', 'cp1', 'snapshot-schedule', '--yes');
  const after = (await site.cli.done('snapshot', 'gap', 'cp1')) as GapWatch;
  assert.deepEqual([after.verdict, after.daysCovered], ['covered', 7]);
  failureIn(await site.cli.run('snapshot', 'gap', 'cp9'), 'no-such-thing');
});

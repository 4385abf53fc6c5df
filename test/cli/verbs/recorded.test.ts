import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecorderPulled } from '../../../preload/contract/wan.ts';
import { fieldSite } from '../../support/field-site.ts';
import { failureIn } from '../../support/coldstart.ts';

test('a node’s own log is pulled, and what is asked of the way out is chosen, from the command line', async t => {
  const { cli } = await fieldSite(t);
  const before = await cli.run('metrics', 'pull', 'cp1');
  assert.deepEqual([before.status, (before.json as RecorderPulled).there], [1, false]);
  await cli.done('remedy', 'cp1', 'recorder-install', '--yes');
  assert.equal(((await cli.done('metrics', 'pull', 'cp1')) as RecorderPulled).samples, 1);
  assert.deepEqual(await cli.done('metrics', 'wan', '--targets', '192.0.2.1, hq.example.org:443'), {
    targets: '192.0.2.1 hq.example.org:443',
    seen: [],
  });
  failureIn(await cli.run('metrics', 'wan', '--targets', '-f'), 'bad-ask');
});

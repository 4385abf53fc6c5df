import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { etcdNames, nodeNames, ownNames } from '../../../main/core/recorder/sources.ts';
import { resourcesFolder } from '../../../main/version.ts';
import { needs } from '../../support/needs.ts';
import { recorderNode } from '../../support/recorder.ts';

const listed: readonly string[] = [...etcdNames, ...nodeNames, ...ownNames];

test('the list that ships beside the app is what the recorder takes', () => {
  const lines = readFileSync(join(resourcesFolder(), 'recorder', 'metrics.txt'), 'utf8').split('\n');
  assert.deepEqual(
    lines.filter(line => line !== '' && !line.startsWith('#')),
    listed,
  );
});

test('the recorder measures nothing that is not on its list', needs('dash'), t => {
  const node = recorderNode(t, 'dash');
  node.put('var/lib/rancher/k3s/server/tls/none.crt', '');
  node.put('var/lib/rancher/k3s/server/db/snapshots/etcd-snapshot-cp1-1', 'x');
  node.put('etc/systemd/system/k3s.service', '');
  const { stdout } = node.record('show', 'targets=tcp:127.0.0.1:1');
  const names = stdout.split('\n').map(line => line.replace(/[{ ].*/, ''));
  assert.ok(names.includes('coldstart_snapshots'));
  assert.deepEqual(
    names.filter(name => name !== '' && !listed.includes(name)),
    [],
  );
});

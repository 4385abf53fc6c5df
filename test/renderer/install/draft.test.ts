import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draftOf, optionsOf, wrongsOf } from '../../../renderer/features/install/draft.ts';
import type { Draft } from '../../../renderer/features/install/draft.ts';
import { options } from '../../support/page/made-up.ts';

const typed = (part: Partial<Draft>): Draft => ({ ...draftOf(options), ...part });

test('options that were suggested come back from the form unchanged', () => {
  const full = {
    ...options,
    labels: ['site=north'],
    taints: ['a=b:NoSchedule'],
    tlsSan: ['k3s.example', 'fd00::1'],
  };
  assert.deepEqual(optionsOf(draftOf(full)), full);
  assert.deepEqual(wrongsOf(draftOf(full)), {});
});

test('blanks around what was typed do not reach the node', () => {
  const got = optionsOf(
    typed({ nodeName: ' summit-1 ', tlsSan: ' a \n\n b, c ', clusterCidr: ' 10.1.0.0/16 ' }),
  );
  assert.deepEqual([got.nodeName, got.tlsSan, got.clusterCidr], ['summit-1', ['a', 'b', 'c'], '10.1.0.0/16']);
});

test('what a node would refuse is marked in the form', () => {
  const cases: readonly (readonly [Partial<Draft>, string])[] = [
    [{ nodeName: 'Summit_1' }, 'nodeName'],
    [{ nodeName: '$(reboot)' }, 'nodeName'],
    [{ nodeIp: 'summit' }, 'nodeIp'],
    [{ clusterCidr: '10.42.0.0' }, 'clusterCidr'],
    [{ serviceCidr: options.clusterCidr }, 'serviceCidr'],
    [{ snapshotCron: 'every day' }, 'snapshotCron'],
    [{ snapshotRetention: '0' }, 'snapshotRetention'],
    [{ snapshotRetention: '1001' }, 'snapshotRetention'],
    [{ labels: 'north' }, 'labels'],
    [{ taints: 'a=b' }, 'taints'],
  ];
  for (const [part, field] of cases)
    assert.deepEqual(Object.keys(wrongsOf(typed(part))), [field], JSON.stringify(part));
});

test('networks for IPv4 and IPv6 together are accepted', () => {
  assert.deepEqual(
    wrongsOf(typed({ clusterCidr: '10.42.0.0/16,fd00:42::/56', serviceCidr: '10.43.0.0/16,fd00:43::/112' })),
    {},
  );
});

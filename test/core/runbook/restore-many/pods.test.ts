import assert from 'node:assert/strict';
import { test } from 'node:test';
import { podsCompared, podsRunning, podsWanted } from '../../../../main/core/runbook/restore-many/pods.ts';

test('what runs on a node is compared with what the cluster wants there', () => {
  const running = podsRunning(
    JSON.stringify({
      items: [
        { metadata: { name: 'web-1', namespace: 'shop' }, state: 'SANDBOX_READY' },
        { metadata: { name: 'old-1', namespace: 'shop' }, state: 'SANDBOX_NOTREADY' },
        { metadata: { name: 'stray-1', namespace: 'shop' }, state: 'SANDBOX_READY' },
      ],
    }),
  );
  const pod = (name: string, nodeName: string, phase = 'Running') => ({
    metadata: { name, namespace: 'shop' },
    spec: { nodeName },
    status: { phase },
  });
  const wanted = podsWanted(
    JSON.stringify({
      items: [
        pod('web-1', 'cp1'),
        pod('web-2', 'cp1'),
        pod('web-3', 'cp2'),
        pod('job-1', 'cp1', 'Succeeded'),
      ],
    }),
    'cp1',
  );
  assert.deepEqual(running, ['shop/stray-1', 'shop/web-1']);
  assert.deepEqual(wanted, ['shop/web-1', 'shop/web-2']);
  assert.equal(
    podsCompared(running ?? [], wanted ?? []),
    'run and are not known to the API: shop/stray-1; are wanted and do not run yet: shop/web-2',
  );
  assert.match(podsCompared(['a/b'], ['a/b']), /^the 1 pods/);
});

test('an answer that is no list tells nothing', () => {
  assert.equal(podsRunning('cannot access socket'), undefined);
  assert.equal(podsWanted('{"kind":"Status"}', 'cp1'), undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUp } from '../../../../main/core/runbook/remedies/base.ts';

test('a K3s that tries to start again and again does not count as running', () => {
  assert.equal(isUp({ active: 'active' }), true);
  assert.equal(isUp({ active: 'reloading' }), true);
  for (const active of ['activating', 'deactivating', 'failed', 'inactive', ''])
    assert.equal(isUp({ active }), false, active);
});

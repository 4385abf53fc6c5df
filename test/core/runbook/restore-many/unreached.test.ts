import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unreachedAsTyped } from '../../../../main/core/runbook/restore-many/unreached.ts';

/** Why it was refused; nothing when it was not. */
const refusal = (said: ReturnType<typeof unreachedAsTyped>): string => (typeof said === 'string' ? said : '');
const typed = (fenced: string, agents = '') => ({ fenced, agents });

test('every node that does not answer has to be named as powered off or as an agent', () => {
  assert.deepEqual(unreachedAsTyped(['cp3', 'w2'], ['cp1'], typed('cp3', 'w2')), {
    fenced: ['cp3'],
    agents: ['w2'],
  });
  assert.match(refusal(unreachedAsTyped(['cp3', 'w2'], ['cp1'], typed('cp3'))), /^w2 does not answer/);
  assert.match(refusal(unreachedAsTyped(['cp3', 'w2'], ['cp1'], typed(''))), /^cp3, w2 do not answer/);
  assert.match(refusal(unreachedAsTyped(['cp3'], ['cp1'], typed('CP3'))), /does not answer/);
});

test('a node that answers is never taken for one that is off', () => {
  assert.match(refusal(unreachedAsTyped([], ['cp1', 'cp2'], typed('cp2'))), /^cp2 answers/);
  assert.match(refusal(unreachedAsTyped(['cp3'], ['cp1'], typed('cp3', 'cp3'))), /named twice/);
});

test('a server that this laptop never knew may be named as well', () => {
  assert.deepEqual(unreachedAsTyped([], ['cp1'], typed('cp9')), { fenced: ['cp9'], agents: [] });
});

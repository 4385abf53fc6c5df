import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closingQuestion } from '../../main/core/going-on.ts';

test('nothing going on is nothing to ask about', () => {
  assert.equal(closingQuestion([]), undefined);
});

test('a run and a copy are each told what becomes of them', () => {
  const run = closingQuestion([{ is: 'run', what: 'Install K3s', about: 'cp1' }]);
  assert.match(run?.message ?? '', /^Install K3s \(cp1\) is going on/);
  assert.match(run?.detail ?? '', /journal.*continue/);
  assert.doesNotMatch(run?.detail ?? '', /copy/);
  const copy = closingQuestion([{ is: 'work', what: 'Writing a bag' }]);
  assert.match(copy?.message ?? '', /^Writing a bag is going on/);
  assert.doesNotMatch(copy?.detail ?? '', /journal/);
});

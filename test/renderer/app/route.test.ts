import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashOf, routeOf, screenOf, screens } from '../../../renderer/features/app/route.ts';

test('every screen has an address that leads back to it', () => {
  for (const is of screens) assert.deepEqual(routeOf(hashOf({ is })), { is });
  const run = routeOf('#/run/0b7e');
  assert.equal(hashOf(run), '#/run/0b7e');
  assert.equal(screenOf(run), 'runs');
});

test('an address nobody knows leads to the welcome, not to an empty page', () => {
  for (const hash of ['', '#', '#/', '#/nowhere', '#/run/', '#/shell', '#/../etc'])
    assert.deepEqual(routeOf(hash), { is: 'welcome' }, hash);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashOf, routeOf, screenOf, screens } from '../../../renderer/features/app/route.ts';

test('every screen has an address that leads back to it', () => {
  for (const is of screens) assert.deepEqual(routeOf(hashOf({ is })), { is });
  const run = routeOf('#/run/0b7e');
  assert.equal(hashOf(run), '#/run/0b7e');
  assert.equal(screenOf(run), 'runs');
});

test('a console is named by its port, whatever stands in it', () => {
  for (const port of [
    '/dev/serial/by-id/usb-A#1',
    'tcp://[fe80::1%eth0]:2000',
    'unix:/a b/%2F',
    'practice:node-1',
  ]) {
    const route = { is: 'console', port } as const;
    assert.deepEqual(routeOf(hashOf(route)), route);
    assert.equal(screenOf(route), 'rescue');
  }
  assert.deepEqual(routeOf('#/console/%E0%A4%A'), { is: 'console', port: '%E0%A4%A' });
});

test('the rescue of a node has an address of its own', () => {
  const route = routeOf('#/rescue/0b7e');
  assert.equal(hashOf(route), '#/rescue/0b7e');
  assert.equal(screenOf(route), 'rescue');
});

test('an address nobody knows leads to the welcome, not to an empty page', () => {
  for (const hash of ['', '#', '#/', '#/nowhere', '#/run/', '#/shell', '#/../etc'])
    assert.deepEqual(routeOf(hash), { is: 'welcome' }, hash);
});

test('a restore has an address with its snapshot or its node', () => {
  for (const hash of ['#/restore', '#/restore/from/0b7e', '#/restore/on/0b7e']) {
    const route = routeOf(hash);
    assert.equal(hashOf(route), hash);
    assert.equal(screenOf(route), 'snapshots');
  }
  assert.deepEqual(routeOf('#/restore/from/'), { is: 'restore' });
});

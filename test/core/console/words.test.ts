import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConsoleStateName } from '../../../preload/contract/serial.ts';
import { stateIn } from '../../../main/core/console/words.ts';
import { knownTexts } from './known.ts';

const at = new Date('2026-11-22T12:00:00Z');

test('every state says what it is in a sentence or more', () => {
  for (const { is, kind } of knownTexts) {
    const { says, since } = stateIn({ is, saw: '', ...(kind !== undefined && { kind }) }, at, false);
    assert.match(says, /^[A-Z].{10,}\.$/s, is);
    assert.doesNotMatch(says, /!/);
    assert.equal(since, '2026-11-22T12:00:00.000Z');
  }
});

test('where one byte can do harm nothing is offered that sends one', () => {
  const careful: readonly ConsoleStateName[] = [
    'booting',
    'boot-loop',
    'fsck',
    'panic',
    'noise',
    'unplugged',
    'new-password',
    'stranger',
    'initramfs',
  ];
  for (const is of careful) assert.deepEqual(stateIn({ is, saw: '' }, at, false).doable, [], is);
  for (const kind of ['countdown', 'dead'])
    assert.deepEqual(stateIn({ is: 'u-boot', saw: '', kind }, at, false).doable, []);
  assert.ok(!stateIn({ is: 'login-failed', saw: '' }, at, false).doable.includes('wake'));
});

test('BREAK and SysRq are offered where the port can send them, and last', () => {
  assert.deepEqual(stateIn({ is: 'panic', saw: '' }, at, true).doable, ['sysrq', 'break']);
  assert.deepEqual(stateIn({ is: 'shell', saw: '# ', root: true }, at, true).doable, [
    'log-out',
    'sysrq',
    'break',
  ]);
  assert.deepEqual(stateIn({ is: 'unplugged', saw: '' }, at, true).doable, []);
});

test('a shell says whose it is', () => {
  assert.match(stateIn({ is: 'shell', saw: '# ', root: true }, at, false).says, /shell of root/);
  assert.match(stateIn({ is: 'shell', saw: '$ ', root: false }, at, false).says, /ordinary user/);
});

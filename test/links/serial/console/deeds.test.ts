import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConsoleStateName } from '../../../../preload/contract/serial.ts';
import { failsWith, openConsole, playedCable, stands } from '../../../support/cable.ts';

const { signal } = new AbortController();

test('what makes no sense is refused, and nothing is sent', async t => {
  const cable = await playedCable(t);
  const { console } = await openConsole(t, cable);
  cable.says('root@cp1:~# ');
  await stands(console, 'shell');
  const before = cable.sent();
  for (const deed of ['wake', 'continue-boot', 'enter-maintenance', 'boot-default'] as const)
    await assert.rejects(console.act(deed, { signal }), failsWith('refused', /makes no sense here/));
  await assert.rejects(
    console.act('sysrq', { signal, sysrq: 'reboot' }),
    failsWith('bad-ask', /one letter or digit/),
  );
  assert.equal(cable.sent(), before);
});

/** Deeds that put something on the line; the others only reach past it. */
const quietStates: readonly (readonly [what: string, text: string, is: ConsoleStateName])[] = [
  ['a boot', '[    0.000000] Linux version 6.1.0\r\n[  OK  ] Started D-Bus.\r\n', 'booting'],
  ['a question of fsck', '/dev/sda1 has errors.\r\nFix<y>? ', 'fsck'],
  ['a refused login', 'cp1 login: root\r\nPassword: \r\n\r\nLogin incorrect\r\ncp1 login: ', 'login-failed'],
  ['a panic', '[   11.1] x\r\n[   11.100000] ---[ end Kernel panic - not syncing: VFS ]---\r\n', 'panic'],
  ['a countdown', 'U-Boot 2023.01\r\nHit any key to stop autoboot:  3 ', 'u-boot'],
  ['a boot loader without its files', 'error: no such device.\r\ngrub rescue> ', 'grub'],
  ['somebody’s password', 'cp1 login: tech\r\nPassword: ', 'password'],
];
for (const [what, text, is] of quietStates)
  test(`at ${what} no Enter is offered, and none is sent`, async t => {
    const cable = await playedCable(t);
    const { console } = await openConsole(t, cable);
    cable.says(text);
    await stands(console, is);
    assert.ok(!console.state.doable.includes('wake'));
    for (const deed of ['wake', 'boot-default', 'continue-boot', 'log-out'] as const)
      await assert.rejects(console.act(deed, { signal }), failsWith('refused', /no sense/));
    assert.equal(cable.sent(), '');
  });

test('a boot menu is let go on by one Enter, a prompt of it goes back to its menu', async t => {
  const cable = await playedCable(t, (_text, say) => say('\r\nLoading Linux 6.1.0 ...\r\n'));
  const { console } = await openConsole(t, cable);
  cable.says('error: file not found.\r\ngrub> ');
  await stands(console, 'grub');
  await console.act('boot-default', { signal });
  assert.equal(cable.sent(), 'normal\r');
});

test('BREAK and SysRq go out as such, the letter after the BREAK', async t => {
  const cable = await playedCable(t);
  const { console } = await openConsole(t, cable);
  cable.says('[   11.100000] ---[ end Kernel panic - not syncing: VFS ]---\r\n');
  await stands(console, 'panic');
  await console.act('sysrq', { signal, sysrq: 'b' });
  await console.act('break', { signal });
  assert.equal(cable.sent(), '‹BREAK 300›b‹BREAK 300›');
});

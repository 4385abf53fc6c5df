import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { cableTo, loginOf, openConsole, stands } from '../../../support/cable.ts';
import { needsQemu } from '../../../support/needs.ts';
import { qemuNode } from '../../../support/nodes/qemu.ts';

const here = needsQemu();
const { signal } = new AbortController();

test('a real machine: a login while its kernel prints, a SysRq key, and a panic', here, async t => {
  const node = await qemuNode(t);
  const cable = await cableTo(t, node.console, () => node.hmp('chardev-send-break console'));
  const { console, kept } = await openConsole(t, cable);
  await node.done('dmesg -n 8; sysctl -q kernel.sysrq=1 kernel.panic=0');
  await node.done(
    '(for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "<3>usb 1-1: message $i" >/dev/kmsg; sleep 0.5; done) >/dev/null 2>&1 &',
  );
  const held = await console.hold('A test', signal);
  const found = await held.logIn(loginOf('root', node.rootPassword), signal);
  assert.deepEqual(found, { root: true, wasOpen: false });
  assert.match(kept.text(), /usb 1-1: message/);
  assert.ok(!kept.text().includes(node.rootPassword));

  held.release();
  await console.act('sysrq', { signal, sysrq: 's' });
  const end = Date.now() + 20_000;
  while (!/sysrq: Emergency Sync/.test(kept.text()) && Date.now() < end) await wait(50);
  assert.match(kept.text(), /sysrq: Emergency Sync/);
  await stands(console, 'shell');

  await console.type(Buffer.from('echo c > /proc/sysrq-trigger\r'));
  await stands(console, 'panic', 40);
  assert.match(console.state.saw, /Kernel panic - not syncing: sysrq triggered crash/);
});

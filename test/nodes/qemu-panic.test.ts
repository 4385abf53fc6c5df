import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needsQemu } from '../support/needs.ts';
import { Console } from '../support/nodes/console.ts';
import { qemuNode } from '../support/nodes/qemu.ts';

test(
  'ttyS0 carries a login, kernel messages and a panic, and the machine comes back by itself',
  needsQemu(),
  async t => {
    const node = await qemuNode(t, { name: 'cp1' });
    const person = await Console.open(node.console);
    t.after(() => person.close());
    await person.login('root', node.rootPassword);
    assert.deepEqual(await person.cmd('tty; (exit 3)'), { code: 3, out: '/dev/ttyS0' });
    await person.cmd('dmesg -n 7');
    person.send('echo "<3>frost on the antenna" >/dev/kmsg\r');
    await person.expect(/\] frost on the antenna/);
    await node.done('echo 1 >/proc/sys/kernel/sysrq; echo 1 >/proc/sys/kernel/panic');
    person.send('echo c >/proc/sysrq-trigger\r');
    await person.expect(/Kernel panic - not syncing/);
    await person.expect(/cp1 login: $/, 100);
    await person.loginHere(node.user, node.password);
  },
);

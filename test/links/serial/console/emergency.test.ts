import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { cableTo, failsWith, loginOf, openConsole, stands } from '../../../support/cable.ts';
import { needsNspawn } from '../../../support/needs.ts';
import { nspawnNode } from '../../../support/nodes/nspawn.ts';

const here = needsNspawn();
const { signal } = new AbortController();

async function realConsole(t: TestContext) {
  const node = await nspawnNode(t);
  const cable = await cableTo(t, node.console);
  return { node, cable, ...(await openConsole(t, cable)) };
}

test('a node whose start fails is met in emergency mode, entered and brought back', here, async t => {
  const { node, console, kept } = await realConsole(t);
  await node.done('cp /etc/fstab /etc/fstab.ok; echo "nothing /data nosuchfs defaults 0 0" >> /etc/fstab');
  void node.run('systemctl reboot');
  await stands(console, 'booting');
  await stands(console, 'maintenance');
  assert.ok(console.state.doable.includes('continue-boot'));

  await assert.rejects(
    console.act('enter-maintenance', { signal, login: loginOf('root', 'not-this') }),
    failsWith('login-refused', /tried once only/),
  );
  await stands(console, 'maintenance');
  await assert.rejects(
    console.act('enter-maintenance', { signal, login: loginOf(node.user, node.password) }),
    failsWith('password-needed', /password of root/),
  );

  const held = await console.hold('A test', signal);
  const found = await held.logIn(loginOf('root', node.rootPassword), signal);
  assert.deepEqual(found, { root: true, wasOpen: false });
  assert.ok(!kept.text().includes(node.rootPassword));
  await held.send(Buffer.from('mv /etc/fstab.ok /etc/fstab; systemctl daemon-reload; systemctl default\r'));
  held.release();
  await stands(console, 'login');
  assert.equal(console.state.hostname, 'node1');
});

test('a locked root account in emergency mode is a state of its own, with the way out', here, async t => {
  const { node, cable, console } = await realConsole(t);
  await node.done('passwd -l root; echo "nothing /data nosuchfs defaults 0 0" >> /etc/fstab');
  void node.run('systemctl reboot');
  await stands(console, 'booting');
  await stands(console, 'root-locked');
  assert.match(console.state.says, /SYSTEMD_SULOGIN_FORCE=1/);
  const before = cable.sent();
  const held = await console.hold('A test', signal);
  await assert.rejects(
    held.logIn(loginOf('root', node.rootPassword), signal),
    failsWith('unreachable', /root account is locked/),
  );
  assert.equal(cable.sent(), before);
});

test('a login waits for a node that starts again, and says nothing meanwhile', here, async t => {
  const { node, cable, console } = await realConsole(t);
  const held = await console.hold('A test', signal);
  await held.logIn(loginOf('root', node.rootPassword), signal);
  void node.run('systemctl reboot');
  await stands(console, 'booting');
  const before = cable.sent().length;
  const found = await held.logIn(loginOf(node.user, node.password), signal);
  assert.deepEqual(found, { root: false, wasOpen: false });
  assert.match(cable.sent().slice(before), new RegExp(`^${node.user}`));
});

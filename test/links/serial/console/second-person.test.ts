import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { cableTo, failsWith, loginOf, openConsole, stands } from '../../../support/cable.ts';
import { needsNspawn } from '../../../support/needs.ts';
import { Console as Person } from '../../../support/nodes/console.ts';
import { nspawnNode } from '../../../support/nodes/nspawn.ts';

const here = needsNspawn();
const { signal } = new AbortController();

async function sharedConsole(t: TestContext) {
  const node = await nspawnNode(t);
  const other = await Person.open(node.console);
  t.after(() => other.close());
  const cable = await cableTo(t, node.console);
  return { node, other, cable, ...(await openConsole(t, cable)) };
}

test(
  'a second person at a real login prompt is noticed, and what was left half typed is taken away',
  here,
  async t => {
    const { node, other, console, cable } = await sharedConsole(t);
    await console.act('wake', { signal });
    await stands(console, 'login');
    // our own echo is past when the other one begins
    await wait(1700);
    for (const key of 'some') {
      other.send(key);
      await wait(80);
    }
    await stands(console, 'stranger');
    const before = cable.sent();
    const held = await console.hold('A test', signal);
    const found = await held.logIn(loginOf('root', node.rootPassword), signal);
    assert.deepEqual(found, { root: true, wasOpen: false });
    assert.match(cable.sent().slice(before.length), /^\u0015root\r/);
  },
);

test('what a second person left open on a real node is met: a pager, an editor, a shell', here, async t => {
  const { node, other, console } = await sharedConsole(t);
  other.send('\r');
  await other.expect(/login: $/);
  other.send('root\r');
  await other.expect(/assword: $/);
  other.send(`${node.rootPassword}\r`);
  await other.expect(/[#$] $/);
  other.send('systemctl\r');
  await stands(console, 'pager');
  const held = await console.hold('A test', signal);
  const found = await held.logIn(loginOf('root', node.rootPassword), signal);
  assert.deepEqual(found, { root: true, wasOpen: true });
  other.send('nano /etc/hosts\r');
  await stands(console, 'editor');
  await assert.rejects(
    held.logIn(loginOf('root', node.rootPassword), signal),
    failsWith('unreachable', /An editor is open.*Save or leave/),
  );
  held.release();
  other.send('not to be kept');
  await console.act('leave', { signal });
  await stands(console, 'shell');
  assert.doesNotMatch(await node.done('cat /etc/hosts'), /not to be kept/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { failsWith, gettyCable, loginOf, openConsole } from '../../../support/cable.ts';
import { needs, needsRoot } from '../../../support/needs.ts';
import { temporaryUser } from '../../../support/users.ts';

const here = { ...needs('socat', 'agetty'), ...needsRoot() };
const { signal } = new AbortController();

const atGetty = async (t: TestContext) => {
  const cable = await gettyCable(t);
  return { cable, ...(await openConsole(t, cable)) };
};

test('a real getty lets a user in, and the password is nowhere to be seen', here, async t => {
  const user = await temporaryUser(t);
  const { console, kept, shown, cable } = await atGetty(t);
  const held = await console.hold('A test', signal);
  assert.deepEqual(await held.logIn(loginOf(user.name, user.password), signal), {
    root: false,
    wasOpen: false,
  });
  assert.equal(console.state.is, 'shell');
  assert.equal(console.state.root, false);
  assert.ok(cable.sent().includes(user.password));
  for (const seen of [kept.text(), shown(), kept.notes.join()]) assert.ok(!seen.includes(user.password));
  assert.match(kept.text(), /login: cs-test/);

  assert.deepEqual(await held.logIn(loginOf(user.name, user.password), signal), {
    root: false,
    wasOpen: true,
  });
  held.release();
});

test('one wrong password stops, and the next login needs no bare Enter', here, async t => {
  const user = await temporaryUser(t);
  const { console, kept, cable } = await atGetty(t);
  const held = await console.hold('A test', signal);
  await assert.rejects(
    held.logIn(loginOf(user.name, 'not-this-one'), signal),
    failsWith('login-refused', /tried once only/),
  );
  assert.equal(console.state.is, 'login-failed');
  assert.ok(!console.state.doable.includes('wake'));
  assert.equal(cable.sent().split('not-this-one').length, 2);
  const before = cable.sent().length;
  const found = await held.logIn(loginOf(user.name, user.password), signal);
  assert.equal(found.wasOpen, false);
  assert.match(cable.sent().slice(before), /^cs-test-/);
  assert.ok(!kept.text().includes('not-this-one'));
});

test('a password prompt somebody left behind is abandoned, never answered', here, async t => {
  const user = await temporaryUser(t);
  const { console, cable } = await atGetty(t);
  cable.stranger('somebody\r');
  const held = await console.hold('A test', signal);
  assert.deepEqual(await held.logIn(loginOf(user.name, user.password), signal), {
    root: false,
    wasOpen: false,
  });
  assert.equal(cable.sent().split(user.password).length, 2);
});

test('a name left half typed at the prompt is taken away before ours is typed', here, async t => {
  const user = await temporaryUser(t);
  const { console, cable } = await atGetty(t);
  cable.stranger('\r');
  cable.stranger('halfna');
  const held = await console.hold('A test', signal);
  assert.equal((await held.logIn(loginOf(user.name, user.password), signal)).wasOpen, false);
});

test('without a password the prompt is left, and what is missing is said', here, async t => {
  const user = await temporaryUser(t);
  const { console } = await atGetty(t);
  const held = await console.hold('A test', signal);
  await assert.rejects(
    held.logIn(loginOf(user.name), signal),
    failsWith('password-needed', /password of cs-test/),
  );
  assert.match(console.state.is, /^login/);
});

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { failsWith, gettyCable, loginOf, openConsole, stands } from '../../../support/cable.ts';
import { needs, needsRoot } from '../../../support/needs.ts';
import { temporaryUser } from '../../../support/users.ts';

const run = promisify(execFile);
const here = { ...needs('socat', 'agetty'), ...needsRoot() };
const { signal } = new AbortController();

const atGetty = async (t: TestContext) => {
  const cable = await gettyCable(t);
  return { cable, ...(await openConsole(t, cable)) };
};

test(
  'a forced password change is told and not answered, and the console is left at a login prompt',
  here,
  async t => {
    const user = await temporaryUser(t);
    await run('chage', ['-d', '0', user.name]);
    const { console, cable } = await atGetty(t);
    const held = await console.hold('A test', signal);
    await assert.rejects(
      held.logIn(loginOf(user.name, user.password), signal),
      failsWith('login-refused', /demands a new one/),
    );
    assert.equal(cable.sent().split(user.password).length, 2);
    held.release();
    await stands(console, 'login');
  },
);

test('an expired account is named as such', here, async t => {
  const user = await temporaryUser(t);
  await run('chage', ['-E', '2020-01-01', user.name]);
  const { console } = await atGetty(t);
  const held = await console.hold('A test', signal);
  await assert.rejects(
    held.logIn(loginOf(user.name, user.password), signal),
    failsWith('login-refused', /account has expired/),
  );
});

for (const shell of ['fish', 'tcsh', 'dash'] as const)
  test(
    `a login shell ${shell} is recognised by its answer`,
    { ...here, ...needs('socat', 'agetty', shell) },
    async t => {
      const user = await temporaryUser(t);
      await run('usermod', ['-s', `/usr/bin/${shell}`, user.name]);
      const { console } = await atGetty(t);
      const held = await console.hold('A test', signal);
      const found = await held.logIn(loginOf(user.name, user.password), signal);
      assert.deepEqual(found, { root: false, wasOpen: false });
      assert.equal(console.state.is, 'shell');
    },
  );

test('a prompt that looks like none is a shell when it answers as one', here, async t => {
  const user = await temporaryUser(t);
  const { console } = await atGetty(t);
  const held = await console.hold('A test', signal);
  await held.logIn(loginOf(user.name, user.password), signal);
  await held.send(Buffer.from("PS1='ready now '\r"));
  const again = await held.logIn(loginOf(user.name, user.password), signal);
  assert.deepEqual(again, { root: false, wasOpen: true });
});

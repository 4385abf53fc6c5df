import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failsWith, gettyCable, loginOf, openConsole, playedCable } from '../../../support/cable.ts';
import { needs, needsRoot } from '../../../support/needs.ts';
import { temporaryUser } from '../../../support/users.ts';

const here = { ...needs('socat', 'agetty'), ...needsRoot() };
const { signal } = new AbortController();

/** What a bad cable makes of the bytes that are sent, until it is good again. */
const spoilt = (times: number, how: (bytes: Buffer) => Buffer) => {
  let left = times;
  return (bytes: Uint8Array): Uint8Array => {
    if (bytes.length < 3 || left === 0) return bytes;
    left -= 1;
    return how(Buffer.from(bytes));
  };
};

for (const [what, how] of [
  ['lost', (bytes: Buffer) => bytes.subarray(1)],
  ['doubled', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 2), bytes.subarray(1)])],
] as const)
  test(`a name with a ${what} letter is typed again, and the password goes out once`, here, async t => {
    const user = await temporaryUser(t);
    const cable = await gettyCable(t);
    cable.spoil(spoilt(2, how));
    const { console, kept } = await openConsole(t, cable);
    const held = await console.hold('A test', signal);
    const found = await held.logIn(loginOf(user.name, user.password), signal);
    assert.equal(found.wasOpen, false);
    assert.equal(cable.sent().split(user.password).length, 2);
    assert.doesNotMatch(kept.text(), /pw /);
  });

test('a name that never comes back right is given up, and no password was sent', async t => {
  const cable = await playedCable(t, (text, say) => {
    if (text === '\r' || text === '\u0015') say('\r\ncp1 login: ');
    else say(text.slice(1));
  });
  const { console } = await openConsole(t, cable);
  const held = await console.hold('A test', signal);
  await assert.rejects(
    held.logIn(loginOf('root', 'hunter2-hunter2'), signal),
    failsWith('timed-out', /name again and again/),
  );
  assert.doesNotMatch(cable.sent(), /hunter2/);
});

test('a login that asks for a name where a password was due never gets the password', async t => {
  const cable = await playedCable(t, (text, say) => {
    if (text.endsWith('\r')) say('\r\n\r\ncp1 login: ');
    else say(text);
  });
  const { console } = await openConsole(t, cable);
  const held = await console.hold('A test', signal);
  await assert.rejects(
    held.logIn(loginOf('root', 'hunter2-hunter2'), signal),
    failsWith('timed-out', /name again and again/),
  );
  assert.doesNotMatch(cable.sent(), /hunter2/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failsWith, loginOf, openConsole, playedCable } from '../../../support/cable.ts';

const { signal } = new AbortController();

test('a console that only echoes is called that', async t => {
  const cable = await playedCable(t, (text, say) => say(text));
  const { console } = await openConsole(t, cable);
  const held = await console.hold('A test', signal);
  await assert.rejects(
    held.logIn(loginOf('root', 'hunter2-hunter2'), signal),
    failsWith('unreachable', /comes back and nothing else/),
  );
  assert.match(cable.sent(), /^\r{1,2}$/);
});

test('a line where nobody answers is called silent after two Enters', async t => {
  const cable = await playedCable(t);
  const { console } = await openConsole(t, cable);
  const held = await console.hold('A test', signal);
  await assert.rejects(
    held.logIn(loginOf('root', 'hunter2-hunter2'), signal),
    failsWith('unreachable', /Nothing comes/),
  );
  assert.equal(cable.sent(), '\r\r');
});

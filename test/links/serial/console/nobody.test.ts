import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import {
  failsWith,
  hurried,
  loginOf,
  openConsole,
  playedCable,
  recording,
  stands,
} from '../../../support/cable.ts';

const { signal } = new AbortController();

test('a console that only echoes is called that', async t => {
  const cable = await playedCable(t, (text, say) => say(text));
  const { console } = await openConsole(t, cable, recording(), hurried);
  const held = await console.hold('A test', signal);
  await assert.rejects(
    held.logIn(loginOf('root', 'hunter2-hunter2'), signal),
    failsWith('unreachable', /comes back and nothing else/),
  );
  assert.match(cable.sent(), /^\r{1,2}$/);
});

test('a line where nobody answers is called silent after two Enters', async t => {
  const cable = await playedCable(t);
  const { console } = await openConsole(t, cable, recording(), hurried);
  const held = await console.hold('A test', signal);
  await assert.rejects(
    held.logIn(loginOf('root', 'hunter2-hunter2'), signal),
    failsWith('unreachable', /Nothing comes/),
  );
  assert.equal(cable.sent(), '\r\r');
});

test('a password prompt that never ends is told, and no password is given to it', async t => {
  const cable = await playedCable(t, (_text, say) => say('\r\nPassword: '));
  const { console } = await openConsole(t, cable, recording(), hurried);
  cable.says('\r\ncp1 login: somebody\r\nPassword: ');
  const held = await console.hold('A test', signal);
  await assert.rejects(
    held.logIn(loginOf('root', 'hunter2-hunter2'), signal),
    failsWith('timed-out', /password prompt stands there and does not end/),
  );
  assert.doesNotMatch(cable.sent(), /hunter2/);
});

test('a machine that begins again and again is not waited for without end', async t => {
  const cable = await playedCable(t);
  const { console } = await openConsole(t, cable, recording(), hurried);
  const begin = (): void => cable.says('[    0.000000] Linux version 6.1.0-25-amd64\r\n');
  begin();
  const again = setInterval(begin, 300);
  t.after(() => clearInterval(again));
  const held = await console.hold('A test', signal);
  await assert.rejects(
    held.logIn(loginOf('root', 'hunter2-hunter2'), signal),
    failsWith('unreachable', /starts again and again/),
  );
  assert.equal(cable.sent(), '');
});

test('a login stopped half way takes away what it typed', async t => {
  let line = '';
  const cable = await playedCable(t, (text, say) => {
    if (text === '\u0015') line = '';
    else if (text !== '\r') line += text;
    say(text === '\u0015' || text === '\r' ? '\r\ncp1 login: ' : text.slice(0, -1));
  });
  const { console } = await openConsole(t, cable);
  cable.says('\r\ncp1 login: ');
  await stands(console, 'login');
  const held = await console.hold('A test', signal);
  await assert.rejects(
    held.logIn(loginOf('root', 'x'), AbortSignal.timeout(600)),
    failsWith('cancelled', /stopped/),
  );
  for (let i = 0; i < 40 && line !== ''; i++) await wait(25);
  assert.equal(line, '');
});

test('a password is asked for only when the console asks, not to clean a failure', async t => {
  const cable = await playedCable(t);
  const { console } = await openConsole(t, cable);
  cable.says('[   11.100000] ---[ end Kernel panic - not syncing: VFS ]---\r\n');
  await stands(console, 'panic');
  const held = await console.hold('A test', signal);
  const asked: string[] = [];
  const login = {
    user: 'root',
    name: 'node-1',
    secret: (kind: string) => {
      asked.push(kind);
      return undefined;
    },
  };
  await assert.rejects(held.logIn(login, signal), failsWith('unreachable', /kernel gave up/));
  assert.deepEqual(asked, []);
});

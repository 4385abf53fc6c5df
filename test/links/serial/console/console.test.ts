import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Secret } from '../../../../main/core/secret.ts';
import type { ConsoleEvent } from '../../../../main/ports.ts';
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
const prompt = '\r\nDebian GNU/Linux 12 cp1 ttyS0\r\n\r\ncp1 login: ';
const states = (events: readonly ConsoleEvent[]): string[] =>
  events.flatMap(event => (event.is === 'state' ? [event.state.is] : []));

test('everybody who opens a port gets the same console', async t => {
  const cable = await playedCable(t);
  const { all, console } = await openConsole(t, cable);
  const [one, two] = await Promise.all([
    all.open('test:cable', 'detect', signal),
    all.open('test:cable', console.settings, signal),
  ]);
  assert.equal(one, console);
  assert.equal(two, console);
  await console.close();
  await console.closed;
  assert.notEqual(await all.open('test:cable', console.settings, signal), console);
});

test('while a program drives, nobody else’s keys go out; when it lets go, they do', async t => {
  const cable = await playedCable(t);
  const { console, events } = await openConsole(t, cable);
  const held = await console.hold('An install', signal);
  assert.equal(console.driver, 'An install');
  for (const refused of [
    console.type(Buffer.from('x')),
    console.hold('A doctor', signal),
    console.act('wake', { signal }),
    console.set(console.settings),
  ])
    await assert.rejects(refused, failsWith('held-elsewhere', /An install is working/));
  await held.send(Buffer.from('id\r'));
  held.release();
  held.release();
  assert.equal(console.driver, undefined);
  await assert.rejects(held.send(Buffer.from('id\r')), failsWith('held-elsewhere', /given back/));
  await console.type(Buffer.from('x'));
  assert.equal(cable.sent(), 'id\rx');
  assert.deepEqual(
    events.filter(event => event.is === 'driven'),
    [{ is: 'driven', by: 'An install' }, { is: 'driven' }],
  );
});

test('a failed button leaves the console to the technician', async t => {
  const cable = await playedCable(t);
  const { console } = await openConsole(t, cable);
  await assert.rejects(console.act('continue-boot', { signal }), failsWith('refused', /no sense/));
  assert.equal(console.driver, undefined);
  const stop = AbortSignal.timeout(200);
  cable.says('[  OK  ] Started D-Bus.\r\n');
  await assert.rejects(
    console.act('log-in', { signal: stop, login: loginOf('root', 'toor') }),
    failsWith('cancelled', /stopped/),
  );
  assert.equal(console.driver, undefined);
  assert.equal(cable.sent(), '');
});

test('a pulled adapter is seen, said, and taken up again when it is back', async t => {
  const cable = await playedCable(t);
  const { console, events, kept } = await openConsole(t, cable);
  cable.says(prompt);
  await stands(console, 'login');
  const held = await console.hold('An install', signal);
  cable.pull();
  await held.lost;
  assert.equal(console.state.is, 'unplugged');
  assert.deepEqual(console.state.doable, []);
  await assert.rejects(held.send(Buffer.from('x')), failsWith('link-lost', /pulled/));
  await assert.rejects(held.logIn(loginOf('root', 'toor'), signal), failsWith('link-lost', /./));
  await assert.rejects(held.back(AbortSignal.timeout(100)), failsWith('cancelled', /stopped/));

  cable.plug();
  await held.back(signal);
  cable.says(prompt);
  await stands(console, 'login');
  await held.send(Buffer.from('y'));
  assert.equal(cable.sent(), 'y');
  assert.deepEqual(states(events).slice(-4), ['login', 'unplugged', 'listening', 'login']);
  assert.deepEqual(kept.notes, ['The line is gone: pulled', 'The line is back.']);
  assert.equal(kept.text(), prompt + prompt);
});

test('a login that is cut off by a pulled adapter says so', async t => {
  const cable = await playedCable(t, (text, say) => {
    if (text === '\r') say(prompt);
  });
  const { console } = await openConsole(t, cable);
  const held = await console.hold('An install', signal);
  setTimeout(() => cable.pull(), 300);
  await assert.rejects(held.logIn(loginOf('root', 'toor'), signal), failsWith('link-lost', /pulled/));
});

test('somebody else’s typing is noticed, and no login is begun over it', async t => {
  const cable = await playedCable(t);
  const { console } = await openConsole(t, cable, recording(), hurried);
  cable.says(prompt);
  await stands(console, 'login');
  for (const key of 'root') {
    cable.says(key);
    await wait(60);
  }
  await stands(console, 'stranger');
  const keeps = setInterval(() => cable.says('x'), 200);
  t.after(() => clearInterval(keeps));
  const held = await console.hold('An install', signal);
  await assert.rejects(
    held.logIn(loginOf('root', 'toor'), signal),
    failsWith('held-elsewhere', /Somebody else types/),
  );
  assert.equal(cable.sent(), '');
});

test('a secret that the far side echoes reaches neither watchers nor the black box, but the holder', async t => {
  const kept = recording();
  // the far side echoes what it gets as a terminal with echo does, and answers
  const cable = await playedCable(t, (text, say) => say(text.replace('\r', '\r\nunderstood\r\n# ')));
  const { console, shown } = await openConsole(t, cable, kept);
  const held = await console.hold('An install', signal);
  let heard = '';
  held.hear(bytes => (heard += Buffer.from(bytes).toString()));
  await held.send(new Secret('hunter2-hunter2\r'));
  await stands(console, 'shell');
  for (const text of [shown(), kept.text()]) assert.equal(text, 'understood\r\n# ');
  assert.match(heard, /hunter2-hunter2/);
  // and what repeats it later, cut in two
  cable.says('it was hunter2-');
  cable.says('hunter2, was it\r\n# ');
  await wait(400);
  for (const text of [shown(), kept.text()]) {
    assert.doesNotMatch(text, /hunter2/);
    assert.match(text, /was it/);
  }
  assert.match(kept.notes.join(), /not shown and not recorded/);
});

test('all that is received is recorded, byte for byte, also while a program drives', async t => {
  const cable = await playedCable(t);
  const { console, kept, shown } = await openConsole(t, cable);
  const all = Array.from({ length: 500 }, (_, i) => `line ${i} äöü\r\n`);
  for (const [i, line] of all.entries()) {
    if (i === 250) await console.hold('An install', signal);
    cable.says(line);
  }
  assert.equal(kept.text(), all.join(''));
  assert.equal(shown(), all.join(''));
});

test('closing lets go of port and black box, and a closed console says so', async t => {
  const cable = await playedCable(t);
  const { console } = await openConsole(t, cable);
  await console.close();
  await console.close();
  await console.closed;
  await assert.rejects(console.type(Buffer.from('x')), failsWith('gone-away', /closed/));
  await assert.rejects(console.hold('An install', signal), failsWith('gone-away', /closed/));
});

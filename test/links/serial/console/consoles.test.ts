import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usualLine } from '../../../../preload/contract/serial.ts';
import type { Detected, LineSettings } from '../../../../preload/contract/serial.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import { consoles } from '../../../../main/links/serial/console/consoles.ts';
import type { Detect } from '../../../../main/links/serial/console/consoles.ts';
import { baudDetection } from '../../../../main/links/serial/baud/detect.ts';
import { systemClock } from '../../../../main/machine/clock.ts';
import { failsWith, playedCable, recording, stands } from '../../../support/cable.ts';
import type { Cable } from '../../../support/cable.ts';

const { signal } = new AbortController();
const slow: LineSettings = { ...usualLine, baud: 9600 };
const found = (more: Partial<Detected>): Detected => ({
  port: 'test:cable',
  says: 'Text came.',
  saw: '',
  seconds: 1,
  ...more,
});

const consolesAt = (cable: Cable, detect: Detect, kept = recording()) =>
  consoles({ ports: cable.ports, detect, blackBoxes: kept.boxes, clock: systemClock });

test('a console opened at the speed that was found shows what it was found by, and no Enter is sent for it', async t => {
  const cable = await playedCable(t);
  const kept = recording();
  const detect: Detect = async line => {
    await line.set({ ...usualLine, baud: 1_500_000 });
    cable.says('\u0000\u00ff\u0080\u00fe');
    return found({ settings: slow, by: 'answered', saw: 'cp1 login: ' });
  };
  const all = consolesAt(cable, detect, kept);
  t.after(() => all.close());
  const console = await all.open('test:cable', 'detect', signal);
  assert.deepEqual(console.settings, slow);
  await stands(console, 'login');
  assert.equal(console.state.hostname, 'cp1');
  assert.equal(cable.sent(), '');
  assert.equal(kept.text(), '');
});

test('where no speed is found the console opens at the usual one', async t => {
  const cable = await playedCable(t);
  const all = consolesAt(cable, () => Promise.resolve(found({})));
  t.after(() => all.close());
  assert.deepEqual((await all.open('test:cable', 'detect', signal)).settings, usualLine);
});

test('a search that fails leaves no console and no open port behind', async t => {
  const cable = await playedCable(t);
  const all = consolesAt(cable, () =>
    Promise.reject(new FieldError({ code: 'gone-away', says: 'It was pulled.' })),
  );
  t.after(() => all.close());
  await assert.rejects(all.open('test:cable', 'detect', signal), failsWith('gone-away', /pulled/));
  assert.deepEqual((await all.open('test:cable', slow, signal)).settings, slow);
});

test('the speed of an open console is searched on its own line, and not while somebody drives it', async t => {
  const cable = await playedCable(t);
  const all = consolesAt(cable, () => Promise.resolve(found({ settings: slow, by: 'talking', saw: '# ' })));
  t.after(() => all.close());
  const console = await all.open('test:cable', usualLine, signal);
  const held = await console.hold('An install', signal);
  await assert.rejects(all.detect('test:cable', { signal }), failsWith('held-elsewhere', /An install/));
  held.release();
  await all.detect('test:cable', { signal });
  assert.deepEqual(console.settings, slow);
  assert.equal(console.driver, undefined);
});

test('the real search for the speed and a console work hand in hand', async t => {
  const cable = await playedCable(t, (text, say) => say(text === '\r' ? '\r\ncp1 login: ' : text));
  const all = consolesAt(cable, baudDetection({ clock: systemClock }));
  t.after(() => all.close());
  const console = await all.open('test:cable', 'detect', signal);
  await stands(console, 'login');
});

test('a port that cannot be opened is not remembered as open', async t => {
  const cable = await playedCable(t);
  const all = consolesAt(cable, () => Promise.resolve(found({})));
  cable.pull();
  await assert.rejects(all.open('test:cable', usualLine, signal), failsWith('no-such-thing', /plugged/));
  cable.plug();
  await all.open('test:cable', usualLine, signal);
  await all.close();
  await assert.rejects(all.open('test:cable', usualLine, signal), failsWith('gone-away', /closing/));
});

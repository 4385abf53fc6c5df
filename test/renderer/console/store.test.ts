import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usualLine } from '../../../preload/contract/serial.ts';
import type { ConsoleNews } from '../../../preload/contract/serial.ts';
import { foldConsole, freshSession } from '../../../renderer/features/console/store.ts';
import type { Session } from '../../../renderer/features/console/store.ts';
import { consoleId, consoleState } from '../../support/page/made-up-rescue.ts';

const now = '2026-11-22T18:53:07.000Z';
const opened: ConsoleNews = {
  is: 'opened',
  console: consoleId,
  settings: usualLine,
  can: { speed: true, controlLines: true, sendBreak: true },
  state: consoleState('login'),
};
const after = (...news: readonly ConsoleNews[]): Session =>
  news.reduce((at, each) => foldConsole(at, each, now), freshSession('/dev/ttyUSB0'));

test('the state on the screen is always the newest one', () => {
  const session = after(opened, { is: 'state', state: consoleState('shell', { root: true }) });
  assert.deepEqual([session.state?.is, session.state?.root], ['shell', true]);
  assert.equal(session.console, consoleId);
});

test('who drives the console is known until it is let go', () => {
  assert.equal(after(opened, { is: 'driven', by: 'The doctor' }).drivenBy, 'The doctor');
  assert.equal(after(opened, { is: 'driven', by: 'The doctor' }, { is: 'driven' }).drivenBy, undefined);
});

test('nothing can be typed into a console that closed, and its last words stay', () => {
  const session = after(opened, { is: 'driven', by: 'A run' }, { is: 'closed', says: 'Unplugged.' });
  assert.deepEqual([session.console, session.drivenBy, session.closed], [undefined, undefined, 'Unplugged.']);
  assert.equal(session.state?.is, 'login');
});

test('a console that is opened again is open, whatever it said at its end', () => {
  const session = after(opened, { is: 'closed', says: 'Unplugged.' }, opened);
  assert.deepEqual([session.console, session.closed], [consoleId, undefined]);
});

test('bytes do not touch what is known of the console', () => {
  const session = after(opened);
  assert.equal(foldConsole(session, { is: 'bytes', bytes: new Uint8Array(9) }, now), session);
});

test('only the newest things noticed are kept', () => {
  const session = after(
    opened,
    ...Array.from({ length: 9 }, (_, i): ConsoleNews => ({ is: 'note', says: `note ${i}` })),
  );
  assert.deepEqual(
    session.notes.map(note => note.says),
    ['note 4', 'note 5', 'note 6', 'note 7', 'note 8'],
  );
});

test('a change of the line is shown', () => {
  const settings = { ...usualLine, baud: 9600 };
  assert.equal(after(opened, { is: 'settings', settings }).settings?.baud, 9600);
});

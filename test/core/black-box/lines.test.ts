import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lines } from '../../../main/core/black-box/lines.ts';
import type { Line } from '../../../main/core/black-box/lines.ts';
import { Gathering, packed, unpacked } from '../../../main/core/black-box/records.ts';
import type { Record } from '../../../main/core/black-box/records.ts';

const bytes = (text: string, at = 0): Record => ({ at, is: 'bytes', bytes: Buffer.from(text) });
const note = (text: string, at = 0): Record => ({ at, is: 'note', bytes: Buffer.from(text) });
const cut = (...records: readonly Record[]): readonly Line[] => {
  const lines = new Lines(0);
  return [...lines.take(records), ...lines.end()];
};
const texts = (text: string): readonly string[] => cut(bytes(text)).map(line => line.text);

test('lines come with the time and place of their first byte, however they were cut', () => {
  const whole = 'login: root\r\nPassword:\r\n\r\nok';
  const expected = [
    { at: 0, offset: 0, text: 'login: root' },
    { at: 0, offset: 13, text: 'Password:' },
    { at: 0, offset: 25, text: '' },
    { at: 0, offset: 26, text: 'ok' },
  ];
  assert.deepEqual(cut(bytes(whole)), expected);
  assert.deepEqual(cut(...[...whole].map(char => bytes(char))), expected);
  assert.deepEqual(
    cut(bytes('one\ntw', 5), bytes('o\nthree', 9)).map(({ at, text }) => [at, text]),
    [
      [5, 'one'],
      [5, 'two'],
      [9, 'three'],
    ],
  );
});

test('colours, cursor moves and titles are left out, wherever the bytes were cut', () => {
  const whole =
    '\u001b[32m[  OK  ]\u001b[0m Started \u001b]0;root@n1\u0007K3s\u001b[?2004l\r\n\u001b(Bend\u001b[K';
  for (let at = 0; at <= whole.length; at += 1) {
    const lines = cut(bytes(whole.slice(0, at)), bytes(whole.slice(at)));
    assert.deepEqual(
      lines.map(one => one.text),
      ['[  OK  ] Started K3s', 'end'],
      `cut at ${at}`,
    );
  }
});

test('a broken sequence or title does not swallow the lines after it', () => {
  assert.deepEqual(texts('a\u001b[31\nb\u001b]0;never ended\nc'), ['a', 'b', 'c']);
});

test('what was overwritten on a line is kept as a line of its own', () => {
  assert.deepEqual(texts('10%\r50%\r100%\r\r\ndone'), ['10%', '50%', '100%', 'done']);
  assert.deepEqual(texts('ab\b\bcd'), ['cd']);
});

test('letters of other scripts survive, and noise without line ends is cut into bounded lines', () => {
  assert.deepEqual(texts('Grüße, 世界\n'), ['Grüße, 世界']);
  const noise = cut(bytes('x'.repeat(10_000)));
  assert.deepEqual(
    noise.map(line => line.text.length),
    [4096, 4096, 1808],
  );
});

test('a note ends the line it falls into', () => {
  assert.deepEqual(
    cut(bytes('half a li'), note('Unplugged.', 7), bytes('ne\n')).map(({ text, offset, note }) => [
      text,
      offset,
      note,
    ]),
    [
      ['half a li', 0, undefined],
      ['Unplugged.', 9, true],
      ['ne', 19, undefined],
    ],
  );
});

test('records come back as they were packed; bytes close together share a time, notes stay apart', () => {
  const gathering = new Gathering();
  gathering.add('bytes', Buffer.from('ab'), 1000);
  gathering.add('bytes', Buffer.from('cd'), 1010);
  gathering.add('note', Buffer.from('note'), 1011);
  gathering.add('bytes', Buffer.from('e'), 1012);
  gathering.add('bytes', Buffer.from('f'), 1100.5);
  assert.equal(gathering.bytes, 10);
  const back = unpacked(packed(gathering.take()));
  assert.deepEqual(
    back.map(one => [one.at, one.is, Buffer.from(one.bytes).toString()]),
    [
      [1000, 'bytes', 'abcd'],
      [1011, 'note', 'note'],
      [1012, 'bytes', 'e'],
      [1100.5, 'bytes', 'f'],
    ],
  );
  assert.equal(gathering.bytes, 0);
});

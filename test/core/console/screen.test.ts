import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Screen } from '../../../main/core/console/screen.ts';

function shown(text: string): Screen {
  const screen = new Screen();
  screen.take(Buffer.from(text), 0);
  return screen;
}

for (const [what, text, line] of [
  ['a carriage return begins the line again', 'abc\rX', 'Xbc'],
  ['a backspace goes one back, and what follows writes over it', 'abx\b \bc', 'abc'],
  ['an erase to the end of the line takes what is behind the cursor', 'abcdef\u001b[3D\u001b[K', 'abc'],
  ['the space of a prompt is kept', 'cp1 login: ', 'cp1 login: '],
  ['a prompt erased by backspaces leaves no letters', 'login: ab\b \b\b \b', 'login: '],
  ['colours are not text', '\u001b[01;32mroot@cp1\u001b[00m:\u001b[01;34m~\u001b[00m# ', 'root@cp1:~# '],
  ['a title is not text', '\u001b]0;root@cp1: ~\u0007# ', '# '],
  ['a title ended by ST is not text', '\u001b]2;x\u001b\\# ', '# '],
  ['the mark of bracketed paste is not text', '\u001b[?2004h# ', '# '],
  ['the choice of a character set is not text', '\u001b(B# ', '# '],
  ['an inserted letter moves the others', 'abd\u001b[D\u001b[@c', 'abcd'],
  ['deleted letters close the gap', 'abXXcd\u001b[4D\u001b[2P', 'abcd'],
  ['a tab goes to the next eighth column', 'a\tb', 'a       b'],
  ['letters of several bytes stay whole', 'grüße ❯ ', 'grüße ❯ '],
] as const)
  test(what, () => {
    assert.equal(shown(text).line, line);
    const single = new Screen();
    for (const byte of Buffer.from(text)) single.take(Uint8Array.of(byte), 0);
    assert.equal(single.line, line);
  });

test('lines that were finished are remembered in their order', () => {
  const screen = shown('one\r\ntwo\r\nthree');
  assert.deepEqual(
    screen.finished.map(({ text }) => text),
    ['one', 'two'],
  );
  assert.equal(screen.count, 2);
});

test('a program that moves the cursor about draws, until its drawing has scrolled away', () => {
  const screen = shown('\u001b[2J\u001b[5;10Hmenu');
  assert.equal(screen.drawn, true);
  assert.equal(screen.rows[4], '         menu');
  screen.take(Buffer.from('\r\nlog'.repeat(30)), 0);
  assert.equal(screen.drawn, false);
});

test('leaving the second screen brings the first line back', () => {
  const screen = shown('root@cp1:~# vi\r\n\u001b[?1049h\u001b[H~\r\n~\r\n~');
  assert.equal(screen.drawn, true);
  screen.take(Buffer.from('\u001b[?1049lroot@cp1:~# '), 0);
  assert.equal(screen.drawn, false);
  assert.equal(screen.line, 'root@cp1:~# ');
});

test('a wild stream of sequences neither throws nor grows without end', () => {
  const screen = new Screen();
  let seed = 7;
  const next = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31);
  for (let i = 0; i < 2000; i++) {
    const bytes = Uint8Array.from({ length: 50 }, () => (next() >> 8) % 256);
    screen.take(bytes, i);
    screen.take(
      Buffer.from(
        `\u001b[${next() % 99_999};${next() % 99_999}H\u001b[${next() % 99_999}@\u001b[${next() % 999}L`,
      ),
      i,
    );
  }
  assert.ok(screen.rows.length <= 200);
  assert.ok(screen.finished.length <= 400);
  assert.ok(screen.line.length <= 20_000);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TerminalFilter } from '../../main/core/terminal-filter.ts';

const passed: readonly (readonly [string, string])[] = [
  ['plain text\r\n', 'plain text\r\n'],
  [
    '\u001b[31mred\u001b[0m \u001b[2J\u001b[10;5H\u001b[?1049h',
    '\u001b[31mred\u001b[0m \u001b[2J\u001b[10;5H\u001b[?1049h',
  ],
  ['a\u001b]52;c;cm0gLXJmIC8=\u0007b', 'ab'],
  ['a\u001b]0;title\u001b\\b', 'ab'],
  ['a\u001bPdevice control\u001b\\b', 'ab'],
  ['a\u001b_application\u001b\\b\u001b^private\u001b\\c\u001bXstring\u001b\\d', 'abcd'],
  ['a\u001b[6nb\u001b[cc\u001b[>0cd\u001b[21te', 'abcde'],
  ['a\u001bZb\u001bcc', 'abc'],
  ['\u001b(B\u001b=', '\u001b(B\u001b='],
  [Buffer.from('Größe ☃').toString('latin1'), Buffer.from('Größe ☃').toString('latin1')],
];

test('a node may draw on the terminal, and make it do nothing else', () => {
  for (const [said, shown] of passed) assert.equal(new TerminalFilter().take(said), shown);
});

test('where the bytes are cut makes no difference', () => {
  for (const [said, shown] of passed)
    for (let cut = 0; cut <= said.length; cut++) {
      const filter = new TerminalFilter();
      assert.equal(filter.take(said.slice(0, cut)) + filter.take(said.slice(cut)), shown);
    }
});

test('a sequence that never ends swallows no more than itself', () => {
  const filter = new TerminalFilter();
  filter.take(`\u001b[${'1;'.repeat(40)}`);
  assert.equal(filter.take('text'), 'text');
});

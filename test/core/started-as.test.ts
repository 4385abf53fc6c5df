import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCommand, ownWords } from '../../main/core/started-as.ts';

test('a verb makes the packaged app a command of the terminal', () => {
  for (const line of ['install hut-1', 'bundle list --json', '--help', 'link', 'install --help', '--version'])
    assert.equal(isCommand(line.split(' ')), true, line);
  for (const words of [[], ['--practice']]) assert.equal(isCommand(words), false, words.join(' '));
});

test('what is meant for Electron itself is not taken for ours', () => {
  assert.deepEqual(ownWords(['/opt/Coldstart/coldstart', '--no-sandbox', 'link'], true), ['link']);
  assert.deepEqual(ownWords(['/x/electron', '.', '--ozone-platform=wayland', '--practice'], false), [
    '--practice',
  ]);
  assert.deepEqual(ownWords(['/x/electron', '.'], false), []);
});

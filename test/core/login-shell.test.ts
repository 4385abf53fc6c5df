import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import test from 'node:test';
import { AfterMark } from '../../main/core/after-mark.ts';
import { Kept } from '../../main/core/kept.ts';
import { throughLoginShell } from '../../main/core/login-shell.ts';
import { sh } from '../../main/core/sh.ts';
import { needs } from '../support/needs.ts';

const awkward = [
  'a b',
  "it's",
  '"quoted"',
  'two\nlines',
  'two\r\nlines\n\nand more',
  '$(id)',
  '`id`',
  '$HOME ${HOME} $$',
  'wow! !! !x !$',
  "back\\slash \\\\ \\n \\0134 \\' end\\",
  '%s %b %%',
  '-n',
  '*',
  '~',
  'ä 雪 ❄',
  '\t tab',
  '#no comment',
  ';|&<>(){}[]^',
  '',
];

const shells = [
  ['dash', ['/bin/dash', '-c']],
  ['busybox', ['/bin/busybox', 'sh', '-c']],
  ['fish', ['/usr/bin/fish', '-c']],
  ['tcsh', ['/usr/bin/tcsh', '-c']],
] as const;

for (const [name, [program, ...options]] of shells) {
  test(`every value reaches a command unchanged when ${name} is the login shell`, needs(name), () => {
    const command = sh`for v in ${awkward}; do printf '%s\\0' "$v"; done`;
    const out = execFileSync(program, [...options, throughLoginShell(command.text)], { encoding: 'utf8' });
    assert.deepEqual(out.split('\0').slice(0, -1), awkward);
  });
}

test('every value reaches a command unchanged when bash is the login shell', () => {
  const command = sh`for v in ${awkward}; do printf '%s\\0' "$v"; done`;
  const done = spawnSync('bash', ['-c', throughLoginShell(command.text)], { encoding: 'utf8' });
  assert.deepEqual(done.stdout.split('\0').slice(0, -1), awkward);
});

test('a command no argument can hold is refused before it is sent', () => {
  assert.throws(() => throughLoginShell('a\0b'), RangeError);
  assert.throws(() => throughLoginShell('x'.repeat(200_000)), RangeError);
});

test('the mark is found however the bytes are cut', () => {
  const stream = Buffer.from('Welcome!\n:cs00 :csab:1:x :csab1:4242:first\nsecond :csab1:1:');
  for (let size = 1; size <= stream.length; size++) {
    const mark = new AfterMark('csab1');
    let own = '';
    for (let at = 0; at < stream.length; at += size)
      own += Buffer.from(mark.take(stream.subarray(at, at + size))).toString();
    assert.equal(own, 'first\nsecond :csab1:1:');
    assert.equal(mark.pid, 4242);
    assert.equal(mark.noise, 'Welcome!\n:cs00 :csab:1:x ');
  }
});

test('noise without end does not fill the memory', () => {
  const mark = new AfterMark('csab1');
  for (let i = 0; i < 1000; i++) mark.take(Buffer.alloc(100_000, 'x'));
  assert.equal(mark.found, false);
  assert.ok(mark.noise.length <= 8192);
});

test('of a long output beginning and end are kept', () => {
  const kept = new Kept(20);
  for (const word of ['0123456789', 'abcdefghij', 'ABCDEFGHIJ', 'klm']) kept.take(Buffer.from(word));
  assert.equal(kept.truncated, true);
  assert.match(kept.text(), /^0123456789\n.*13 bytes.*\nDEFGHIJklm$/);
  const short = new Kept(20);
  short.take(Buffer.from('0123456789abc'));
  assert.deepEqual([short.text(), short.truncated], ['0123456789abc', false]);
});

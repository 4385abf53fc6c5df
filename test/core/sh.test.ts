import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { quoted, script, sh } from '../../main/core/sh.ts';
import { needs } from '../support/needs.ts';

/** Every character a name may hold, and what shells are known to trip over. */
const nasty = [
  '',
  ' ',
  "it's",
  `"quoted" 'twice'`,
  '$(touch /tmp/owned)',
  '`id`',
  '$HOME ${IFS} $1',
  'a\nb\n',
  'tab\tand\rreturn',
  'back\\slash\\\\',
  '*?[a-z]{1,2}~',
  '~root/!history',
  '; rm -rf / & | > < # %',
  '-rf',
  '--',
  '\u001b[2Jescape\u0007',
  'Tromsø ☃ 𝄞',
  "'\\''",
  'x=y',
  ...Array.from({ length: 127 }, (_, i) => `<${String.fromCharCode(i + 1)}>`),
];

const shells = [
  ['dash', ['/bin/dash', '-c']],
  ['busybox', ['/bin/busybox', 'sh', '-c']],
] as const;

for (const [name, [program, ...args]] of shells)
  test(`every value reaches a command of ${name} as the one word it is`, needs(name), () => {
    const at = existsSync(program) ? program : `/usr${program}`;
    const { text } = sh`printf ${String.raw`%s\000`} ${nasty}`;
    const got = execFileSync(at, [...args, text], { encoding: 'utf8' }).split('\0');
    assert.deepEqual(got.slice(0, -1), nasty);
  });

test('a script gets its values as arguments, whatever they hold', needs('dash'), () => {
  const asked = script('for word do printf "%s|" "$word"; done', ...nasty);
  const got = execFileSync('/bin/sh', ['-c', asked.text], { encoding: 'utf8' });
  assert.equal(got, nasty.map(word => `${word}|`).join(''));
});

test('a NUL byte cannot be in a word and is refused', () => {
  assert.throws(() => quoted('a\0b'), RangeError);
  assert.throws(() => sh`cat -- ${['fine', 'a\0b']}`, RangeError);
});

test('plain words stay readable in the plan, and commands join into commands', () => {
  assert.equal(sh`cat -- ${'/etc/os-release'}`.text, 'cat -- /etc/os-release');
  assert.equal(sh`${sh`id -u`} && ${sh`echo ${'a b'}`}`.text, "id -u && echo 'a b'");
  assert.equal(sh`head -c ${4096}`.text, 'head -c 4096');
});

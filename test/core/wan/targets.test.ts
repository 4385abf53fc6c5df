import assert from 'node:assert/strict';
import { test } from 'node:test';
import { targetName, targetWord, wanTargets } from '../../../main/core/wan/targets.ts';

test('targets are read as they are typed, each once', () => {
  const read = wanTargets(' 192.0.2.1, hq.example.org:443\n[2001:db8::1]:22 2001:db8::2 192.0.2.1 ');
  assert.deepEqual(read.map(targetWord), [
    'icmp:192.0.2.1',
    'tcp:hq.example.org:443',
    'tcp:[2001:db8::1]:22',
    'icmp:2001:db8::2',
  ]);
  assert.deepEqual(
    read.flatMap(one => wanTargets(targetName(one))),
    read,
    'as they are named they are read again',
  );
  assert.deepEqual(wanTargets(''), []);
});

test('nothing a shell, a label or a ping would take for its own is a target', () => {
  for (const text of [
    '$(id)',
    "a'b",
    'a"b',
    'a;b',
    '-f',
    'a:b:c',
    'host:0',
    'host:65536',
    'host:',
    ':80',
    'a}b',
    'http://a',
    'a|b',
    '[::1',
  ])
    assert.throws(() => wanTargets(text), /is no target/, text);
  assert.throws(
    () => wanTargets(Array.from({ length: 9 }, (_, i) => `10.0.0.${i}`).join(' ')),
    /more than the 8/,
  );
});

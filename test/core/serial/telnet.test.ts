import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requests } from '../../../main/core/serial/com-port.ts';
import { TelnetReader, comPort, escaped, offer } from '../../../main/core/serial/telnet.ts';
import { usualLine } from '../../../preload/contract/serial.ts';

// Recorded from ser2net 4.3.11: its greeting, a confirmed speed of 9600, then bytes of the line with 0xFF among them.
const recorded = Uint8Array.from(
  [
    [255, 251, 3, 255, 253, 44],
    [255, 250, 44, 101, 0, 0, 0x25, 0x80, 255, 240],
    [0x6c, 255, 255, 0x0d, 0, 0x0a],
  ].flat(),
);

test('a stream is taken apart the same wherever it was cut', () => {
  for (let cut = 0; cut <= recorded.length; cut += 1) {
    const reader = new TelnetReader();
    const parts = [reader.take(recorded.subarray(0, cut)), reader.take(recorded.subarray(cut))];
    assert.deepEqual(
      parts.flatMap(part => [...part.data]),
      [0x6c, 255, 0x0d, 0, 0x0a],
      `cut at ${cut}`,
    );
    assert.deepEqual(
      parts.flatMap(part => part.events),
      [
        { is: 'will', option: 3 },
        { is: 'do', option: 44 },
        { is: 'sub', option: 44, bytes: [101, 0, 0, 0x25, 0x80] },
      ],
      `cut at ${cut}`,
    );
  }
});

test('every byte value goes through and comes back', () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.deepEqual(new TelnetReader().take(escaped(all)).data, all);
  assert.equal(escaped(all).length, 257);
});

test('requests are written as RFC 2217 has them, with 255 doubled inside', () => {
  assert.deepEqual([...offer('will', 44)], [255, 251, 44]);
  assert.deepEqual([...comPort(1, 0, 0, 0x25, 0x80)], [255, 250, 44, 1, 0, 0, 0x25, 0x80, 255, 240]);
  assert.deepEqual([...comPort(11, 255)], [255, 250, 44, 11, 255, 255, 255, 240]);
});

test('only what changes is asked for', () => {
  assert.equal(requests(usualLine).length, 5);
  assert.deepEqual(
    requests({ ...usualLine, baud: 9600, parity: 'even', dataBits: 7 }, usualLine).map(one => [
      one.command,
      ...one.value,
    ]),
    [
      [1, 0, 0, 0x25, 0x80],
      [2, 7],
      [3, 3],
    ],
  );
});

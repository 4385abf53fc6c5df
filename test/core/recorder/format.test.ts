import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { cksum, readChunk } from '../../../main/core/recorder/format.ts';
import { needs } from '../../support/needs.ts';

const boot = '3e1f7a52-0d6c-4a3f-9f57-6f4a2f1c8b11';
const lines = [
  'coldstart-recorder 1',
  `B ${boot}`,
  'T',
  'S 0 node_load1',
  'S 1 node_filesystem_avail_bytes{mountpoint="/srv/two words"}',
  'R 1790000000 10.25 0.5 1000 .',
  'R 1790000300 310.25 = 999 .',
  'S 2 coldstart_wan_up{target="192.0.2.1:443"}',
  'R 1790000600 610.25 - = 1 .',
  'R 1790000900 910.25 +Inf - NaN .',
];
const ended = (text: string, rows: number): string => `${text}E ${rows} ${cksum(Buffer.from(text))}\n`;
const whole = ended(`${lines.join('\n')}\n`, 4);

test('a chunk gives each sample with its times, and tells what did not change', () => {
  const chunk = readChunk(whole);
  assert.deepEqual([chunk.whole, chunk.left], [true, []]);
  const avail = 'node_filesystem_avail_bytes{mountpoint="/srv/two words"}';
  const wan = 'coldstart_wan_up{target="192.0.2.1:443"}';
  assert.deepEqual(
    chunk.rows.map(({ at, uptime, bootId, samples }) => [at, uptime, bootId, [...samples]]),
    [
      [
        1_790_000_000_000,
        10.25,
        boot,
        [
          ['node_load1', 0.5],
          [avail, 1000],
        ],
      ],
      [
        1_790_000_300_000,
        310.25,
        boot,
        [
          ['node_load1', 0.5],
          [avail, 999],
        ],
      ],
      [
        1_790_000_600_000,
        610.25,
        boot,
        [
          [avail, 999],
          [wan, 1],
        ],
      ],
      [
        1_790_000_900_000,
        910.25,
        boot,
        [
          ['node_load1', Infinity],
          [wan, NaN],
        ],
      ],
    ],
  );
});

test('the checksum is the one cksum makes', needs('dash'), () => {
  for (const text of ['', 'a', whole, 'x'.repeat(100_000)]) {
    const { stdout } = spawnSync('cksum', { input: text, encoding: 'utf8' });
    assert.equal(`${cksum(Buffer.from(text))} ${text.length}`, stdout.trim());
  }
});

test('a chunk cut at any byte gives only samples that were there, and says that it is not whole', () => {
  const all = readChunk(whole).rows;
  for (let n = 0; n < whole.length; n++) {
    const cut = readChunk(whole.slice(0, n));
    assert.equal(cut.whole, false, `at ${n}`);
    for (const [i, row] of cut.rows.entries()) assert.deepEqual(row, all[i], `at ${n}`);
    if (n > 0 && whole[n - 1] !== '\n') assert.notEqual(cut.left.length, 0, `at ${n}`);
  }
});

test('one strange byte never passes for a whole chunk', () => {
  for (let n = 0; n < whole.length; n++)
    for (const strange of ['\u0001', '7', '\n', ' ']) {
      if (whole[n] === strange) continue;
      const { whole: is } = readChunk(whole.slice(0, n) + strange + whole.slice(n + 1));
      assert.equal(is, false, `${JSON.stringify(strange)} at ${n}`);
    }
});

test('what builds on a lost row is left, until a new table begins', () => {
  const text = [
    ...lines.slice(0, 6),
    'R 1790000300 310.25 = .',
    ...lines.slice(7),
    ...lines.slice(2, 6),
  ].join('\n');
  const { rows, left } = readChunk(`${text}\n`);
  assert.deepEqual(
    rows.map(({ uptime }) => uptime),
    [10.25, 10.25],
  );
  assert.match(left.join(' '), /4 lines make no sense/);
});

test('something else is no chunk', () => {
  for (const text of ['', '\n', 'coldstart-recorder 2\nT\n', '\u0000'.repeat(4096)])
    assert.deepEqual(readChunk(text), { rows: [], whole: false, left: ['It is no chunk of the recorder.'] });
});

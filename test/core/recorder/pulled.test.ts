import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  batches,
  fileKey,
  nothingPulled,
  pulledMemory,
  recorderThere,
} from '../../../main/core/recorder/pulled.ts';
import { unpacked } from '../../../main/core/recorder/unpack.ts';

const file = (n: number, bytes: number) => ({
  name: `${String(n).padStart(8, '0')}.gz`,
  bytes,
  modified: 1_790_000_000,
});

test('the look tells the files, and what lies in memory behind them', () => {
  const there = recorderThere(
    'installed\nfile 00000002.gz 900 1790000000\nfile 00000003.gz.torn 12 5\nfile 00000004.gz.part 1 1\nfile ../x 1 1\nboot aaaa\nup 12.5\nend\ncoldstart-recorder 1\nend\n',
  );
  assert.deepEqual(there, {
    installed: true,
    bootId: 'aaaa',
    uptime: 12.5,
    files: [
      { name: '00000002.gz', bytes: 900, modified: 1_790_000_000 },
      { name: '00000003.gz.torn', bytes: 12, modified: 5 },
    ],
    open: 'coldstart-recorder 1\nend\n',
  });
  assert.equal(recorderThere('installed\nfile 00000002.gz 900 1790000000\n'), undefined, 'cut short');
});

test('what is here is not pulled again, and the rest comes oldest first in small heaps', () => {
  const files = [file(3, 700_000), file(1, 400_000), file(2, 500_000), file(4, 2_000_000), file(5, 1)];
  const heaps = batches(files, { ...nothingPulled, files: [fileKey(file(1, 400_000))] });
  assert.deepEqual(
    heaps.map(heap => heap.map(({ bytes }) => bytes)),
    [[500_000], [700_000], [2_000_000], [1]],
  );
  assert.equal(batches(files, { ...nothingPulled, files: files.map(fileKey) }).length, 0);
  const many = Array.from({ length: 600 }, (_, i) => file(i, 10));
  assert.deepEqual(
    batches(many, nothingPulled).map(heap => heap.length),
    [256, 256, 88],
  );
});

test('a memory that was damaged counts as none', () => {
  for (const text of ['', 'null', '[]', '{"files":[1],"boots":{"a":"b"}}', '{"files":'])
    assert.deepEqual(pulledMemory(text), nothingPulled);
  const memory = { files: ['a 1 2'], boots: { b: 3.5 } };
  assert.deepEqual(pulledMemory(JSON.stringify(memory)), memory);
});

test('a file cut short unpacks as far as it goes, a damaged one not at all', () => {
  const text = Array.from({ length: 2000 }, (_, i) => `R ${i} ${i * 7919} .`).join('\n');
  const packed = gzipSync(text);
  assert.equal(unpacked(packed), text);
  assert.equal(unpacked(Buffer.from(text)), text, 'where the node has no gzip');
  const half = unpacked(packed.subarray(0, packed.length / 2)) ?? '';
  assert.ok(half.length > 1000 && text.startsWith(half));
  const damaged = Buffer.from(packed);
  damaged.fill(0xff, 100, 140);
  assert.equal(unpacked(damaged), undefined);
  assert.equal(unpacked(gzipSync(Buffer.alloc(40 * 2 ** 20))), undefined, 'a bomb');
});

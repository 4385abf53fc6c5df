import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutAt, emptyReading, foldReading } from '../../../renderer/features/console/box.ts';
import type { BoxNews, Reading } from '../../../renderer/features/console/box.ts';
import { boxLines } from '../../support/page/made-up-rescue.ts';

const after = (...news: readonly BoxNews[]): Reading => news.reduce(foldReading, emptyReading);
const page = (from: number, to: number, more: boolean) => ({ lines: boxLines.slice(from, to), more });
const offsets = (reading: Reading): readonly number[] => reading.lines.map(line => line.offset / 64);

test('the end of the box comes first, and older lines are put before it', () => {
  const end = after({ is: 'end', page: page(6, 9, true) });
  assert.deepEqual([offsets(end), end.older, end.newer], [[6, 7, 8], true, false]);
  const more = foldReading(end, { is: 'older', page: page(3, 6, false) });
  assert.deepEqual([offsets(more), more.older], [[3, 4, 5, 6, 7, 8], false]);
});

test('a jump shows what stands around the line, and marks it', () => {
  const jumped = after(
    { is: 'end', page: page(8, 10, true) },
    { is: 'jumped', to: 5 * 64, before: page(3, 5, true), from: page(5, 7, true) },
  );
  assert.deepEqual(offsets(jumped), [3, 4, 5, 6]);
  assert.deepEqual([jumped.at, jumped.older, jumped.newer], [320, true, true]);
});

test('a line that came with two pages is shown once', () => {
  const jumped = after({ is: 'jumped', to: 5 * 64, before: page(3, 5, false), from: page(5, 7, true) });
  const more = foldReading(jumped, { is: 'newer', page: page(6, 9, false) });
  assert.deepEqual(offsets(more), [3, 4, 5, 6, 7, 8]);
  assert.equal(more.newer, false);
  assert.equal(more.at, 320);
});

test('what was sought is marked in the line, whatever its letters', () => {
  assert.deepEqual(cutAt('EXT4-fs error (device)', 'ext4-FS'), ['', 'EXT4-fs', ' error (device)']);
  assert.deepEqual(cutAt('login: ', 'panic'), ['login: ', '', '']);
  assert.deepEqual(cutAt('login: ', ''), ['login: ', '', '']);
});

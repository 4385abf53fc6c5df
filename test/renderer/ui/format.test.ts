import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listOf, percent, size, span, stopwatch } from '../../../renderer/ui/format.ts';

test('100 % is only ever said of what is complete', () => {
  assert.equal(percent(999_999, 1_000_000), 99);
  assert.equal(percent(1_000_000, 1_000_000), 100);
  assert.equal(percent(1_000_001, 1_000_000), 100);
});

test('while the total is unknown there is no percentage', () => {
  assert.equal(percent(5, undefined), undefined);
  assert.equal(percent(0, 0), undefined);
});

test('a remaining time is rounded up, never down', () => {
  assert.deepEqual(span(61), { n: 2, unit: 'minute' });
  assert.deepEqual(span(6), { n: 10, unit: 'second' });
  assert.deepEqual(span(-3), { n: 5, unit: 'second' });
  assert.deepEqual(span(3 * 86_400), { n: 3, unit: 'day' });
});

test('sizes are shown in the units the command line prints', () => {
  assert.deepEqual([0, 1023, 1024, 1_572_864, 5e12].map(size), [
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.5 MiB',
    '4.5 TiB',
  ]);
});

test('a step that took an hour shows hours', () => {
  assert.deepEqual([7_000, 750_000, 3_723_000].map(stopwatch), ['0:07', '12:30', '1:02:03']);
});

test('a list may be typed with commas, blanks or lines; nothing stands in it twice', () => {
  assert.deepEqual(listOf(' a,b\n\nc  a\t'), ['a', 'b', 'c']);
  assert.deepEqual(listOf(' \n '), []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Recorded } from '../../../main/core/recorder/format.ts';
import { placed } from '../../../main/core/recorder/time.ts';

const now = Date.parse('2026-11-23T12:00:00Z');
const [first, second, third] = ['aaaaaaaa', 'bbbbbbbb', 'cccccccc'];
const row = (bootId: string, uptime: number, at: number): Recorded => ({
  bootId,
  uptime,
  at,
  samples: new Map(),
});
const seen = { bootId: third, uptime: 600, laptop: now, notBefore: Date.parse('2026-01-01') };
const hour = 3_600_000;

test('the boot the node is in goes by the laptop’s clock', () => {
  // the node's own is a day behind
  const { rows, unplaced, jumps } = placed([row(third, 300, now - 24 * hour - 300_000)], seen);
  assert.deepEqual([rows[0]?.trueAt, unplaced, jumps], [now - 300_000, 0, 0]);
});

test('a boot that began in 1970 and was set right by a time server has all its samples at their true times', () => {
  const start = now - 5 * hour;
  const { rows, jumps, unplaced } = placed(
    [row(second, 60, 60_000), row(second, 360, 360_000), row(second, 660, start + 660_000)],
    seen,
  );
  assert.deepEqual(
    rows.map(({ trueAt }) => trueAt),
    [start + 60_000, start + 360_000, start + 660_000],
  );
  assert.deepEqual([jumps, unplaced], [1, 0]);
});

test('a boot whose clock was never right is left out and counted', () => {
  const future = now + 40 * 365 * 24 * hour;
  const { rows, unplaced } = placed(
    [row(first, 60, 60_000), row(first, 360, 360_000), row(second, 60, future), row(third, 10, 10_000)],
    seen,
  );
  assert.deepEqual(
    rows.map(({ bootId, trueAt }) => [bootId, trueAt]),
    [[third, now - 590_000]],
  );
  assert.equal(unplaced, 3);
});

test('a clock that was set back while it ran counts as it stood last', () => {
  const start = now - 3 * hour;
  const { rows, jumps } = placed(
    [row(second, 60, start + 2 * hour + 60_000), row(second, 360, start + 360_000)],
    seen,
  );
  assert.deepEqual(
    rows.map(({ trueAt }) => trueAt),
    [start + 60_000, start + 360_000],
  );
  assert.equal(jumps, 1);
});

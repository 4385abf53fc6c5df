import assert from 'node:assert/strict';
import { test } from 'node:test';
import { schedule } from '../../../preload/contract/coverage.ts';
import type { Schedule } from '../../../preload/contract/coverage.ts';
import { dueTimes, missedTimes } from '../../../main/core/snapshot-gap/due.ts';
import { proposed } from '../../../main/core/snapshot-gap/proposal.ts';

const plan = (cron: string): Schedule => {
  const found = schedule(cron);
  assert.ok(found, cron);
  return found;
};
const at = (day: number, hour: number, minute = 0): number => Date.UTC(2026, 5, day, hour, minute);
const due = (cron: string, from: number, to: number, utcOffset = 0): readonly string[] =>
  dueTimes(plan(cron), { from, to, utcOffset }).map(time => new Date(time).toISOString().slice(5, 16));

test('a schedule fires at the times K3s takes snapshots', () => {
  assert.deepEqual(due('0 */12 * * *', at(1, 9), at(2, 12)), ['06-01T12:00', '06-02T00:00', '06-02T12:00']);
  // 2026-06-05 is a Friday
  assert.deepEqual(due('30 3 * * 1-5', at(4, 12), at(8, 12)), ['06-05T03:30', '06-08T03:30']);
  assert.deepEqual(due('0 0 13 * 5', at(10, 0), at(20, 0)), ['06-12T00:00', '06-13T00:00', '06-19T00:00']);
});

test('the node’s own time counts, not the laptop’s', () => {
  assert.deepEqual(due('0 0 * * *', at(1, 9), at(2, 23), 120), ['06-01T22:00', '06-02T22:00']);
  assert.deepEqual(due('0 0 * * *', at(1, 1), at(2, 6), -300), ['06-01T05:00', '06-02T05:00']);
});

test('a schedule of every minute over years gives the newest times, soon', () => {
  const found = dueTimes(plan('* * * * *'), { from: 0, to: at(1, 0), utcOffset: 0 });
  assert.equal(found.length, 2000);
  assert.equal(found.at(-1), at(1, 0));
});

test('a time without a snapshot is missed, unless it lies before the first one or is still being made', () => {
  const seen = { retention: 5, now: at(30, 12, 10), utcOffset: 0 };
  const missed = (taken: readonly number[], retention = 5): readonly number[] =>
    missedTimes(plan('0 */12 * * *'), { ...seen, retention, taken });
  assert.deepEqual(missed([at(28, 12), at(29, 0, 1), at(30, 0)]), [at(29, 12)]);
  assert.deepEqual(missed([at(29, 7)]), [at(29, 12), at(30, 0)]);
  assert.deepEqual(missed([at(29, 7)], 1), [at(30, 0)]);
  assert.deepEqual(missed([]), []);
});

test('a week is covered by sixteen every twelve hours, or by fewer a day where the disk is small', () => {
  const half = '0 */12 * * *';
  assert.deepEqual(proposed({ cron: half, retention: 5 }, 7), { cron: half, retention: 16 });
  assert.deepEqual(proposed(undefined, 7), { cron: half, retention: 16 });
  assert.deepEqual(proposed({ cron: half, retention: 5 }, 7, { bytes: 1000, each: 100 }), {
    cron: '0 0 * * *',
    retention: 9,
  });
  assert.equal(proposed(undefined, 7, { bytes: 300, each: 100 }), undefined);
  assert.deepEqual(proposed({ cron: '@every 24h', retention: 2 }, 7), { cron: '@every 24h', retention: 9 });
  // one a minute for a week is more than anybody keeps
  assert.deepEqual(proposed({ cron: '* * * * *', retention: 5 }, 7), { cron: half, retention: 16 });
});

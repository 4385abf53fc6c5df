import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coverage, schedule } from '../../../preload/contract/coverage.ts';

const sum = (cron: string, retention: number, days = 7) => {
  const found = coverage(cron, retention, days);
  assert.ok(found, cron);
  return found;
};

test('5 snapshots × every 12 h cover 48–60 h of 7 days: not enough', () => {
  const found = sum('0 */12 * * *', 5);
  assert.deepEqual(found.coversHours, { least: 48, most: 60 });
  assert.equal(found.enough, false);
  assert.equal(found.retentionWanted, 15);
  assert.match(found.says, /^5 snapshots × every 12 h cover 48–60 h of 7 days: the oldest are gone/);
  assert.equal(sum('0 */12 * * *', 15).enough, true);
  assert.equal(sum('0 */12 * * *', 14).enough, false);
});

test('the retention that is advised really is enough', () => {
  for (const cron of [
    '0 */12 * * *',
    '*/30 * * * *',
    '0 6,18,20 * * *',
    '0 3 * * MON',
    '@every 90m',
    '0 0 1,15 * *',
    '15 */7 * * *',
  ])
    for (const days of [1, 7, 30]) {
      const wanted = sum(cron, 1, days).retentionWanted;
      if (wanted !== undefined) assert.equal(sum(cron, wanted, days).enough, true, `${cron} ${days}`);
    }
});

test('uneven schedules are summed by their shortest and longest gaps', () => {
  assert.deepEqual(sum('0 6,18,20 * * *', 3).everyHours, { least: 2, most: 12 });
  assert.deepEqual(sum('0 6,18,20 * * *', 3).coversHours, { least: 12, most: 24 });
  assert.deepEqual(sum('0 3 * * 1', 2).coversHours, { least: 168, most: 336 });
  assert.deepEqual(sum('@every 1h30m', 4).everyHours, { least: 1.5, most: 1.5 });
});

test('with both day and weekday given, either is enough, as in every cron', () => {
  const found = sum('0 0 13 * 5', 2);
  assert.ok(found.everyHours.most <= 7 * 24);
  assert.ok(found.everyHours.least < 7 * 24);
});

test('schedules K3s would not take are not read', () => {
  for (const cron of [
    '',
    '* * * *',
    '* * * * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * * 13 *',
    '* * * * 7',
    '*/0 * * * *',
    '5-1 * * * *',
    '@reboot',
    '@every 5s',
    'CRON_TZ=UTC 0 * * * *',
    '0  * * * *',
    '1,,2 * * * *',
    '-1 * * * *',
  ])
    assert.equal(schedule(cron), undefined, cron);
  assert.equal(coverage('0 0 30 2 *', 5, 7), undefined);
  assert.equal(coverage('0 0 29 2 *', 5, 7), undefined);
});

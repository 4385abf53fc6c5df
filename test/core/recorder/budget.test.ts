import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultBudget, foretold } from '../../../main/core/recorder/budget.ts';

test('64 MiB and 2 MiB a day hold 35 days of a large node', () => {
  for (const series of [60, 200, 1000]) {
    const { days, writtenMiBPerDay, lostMinutes } = foretold(defaultBudget, series);
    assert.ok(days >= 35, `${days} days of ${series} series`);
    assert.ok(writtenMiBPerDay <= 2, `${writtenMiBPerDay} MiB a day`);
    assert.ok(lostMinutes >= 70 && lostMinutes <= 120, `${lostMinutes} minutes`);
  }
});

test('more that may be written loses less, and less room holds fewer days', () => {
  const usual = foretold(defaultBudget, 200);
  assert.ok(foretold({ ...defaultBudget, writeMiBPerDay: 8 }, 200).lostMinutes < usual.lostMinutes / 3);
  assert.ok(foretold({ ...defaultBudget, diskMiB: 4 }, 1000).days < 35);
  assert.ok(foretold({ ...defaultBudget, writeMiBPerDay: 0.5 }, 200).lostMinutes > usual.lostMinutes * 3);
});

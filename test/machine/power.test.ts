import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { onBattery } from '../../main/core/battery.ts';
import { localPower } from '../../main/machine/power.ts';
import { folder } from '../support/folder.ts';

test('what Linux tells of the laptop’s power is read as it stands, and what is missing is left out', async t => {
  const sys = folder(t);
  const put = (name: string, words: Readonly<Record<string, string>>): void => {
    mkdirSync(join(sys, name));
    for (const [word, text] of Object.entries(words)) writeFileSync(join(sys, name, word), `${text}\n`);
  };
  put('AC', { type: 'Mains', online: '0' });
  put('BAT0', { type: 'Battery', status: 'Discharging', capacity: '31', energy_full: '50000000' });
  put('hidpp_battery_0', { type: 'Battery', scope: 'Device', status: 'Discharging', capacity: '5' });
  put('odd', { capacity: 'about half' });
  const supplies = await localPower(sys).supplies();
  assert.deepEqual(
    supplies.toSorted((a, b) => (a.scope ?? a.type).localeCompare(b.scope ?? b.type)),
    [
      { type: 'Battery', status: 'Discharging', percent: 31, full: 50_000_000 },
      { type: 'Battery', scope: 'Device', status: 'Discharging', percent: 5 },
      { type: 'Mains', online: false },
      { type: 'Unknown' },
    ],
  );
  assert.equal(onBattery(supplies), 31);
});

test('a system that tells nothing about its power is no failure', async t => {
  assert.deepEqual(await localPower(join(folder(t), 'nowhere')).supplies(), []);
});

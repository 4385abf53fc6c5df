import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batteryWarning, onBattery } from '../../main/core/battery.ts';
import type { Supply } from '../../main/core/battery.ts';

const battery = (percent: number, status = 'Discharging', full?: number): Supply => ({
  type: 'Battery',
  status,
  percent,
  ...(full !== undefined && { full }),
});
const mains = (online: boolean): Supply => ({ type: 'Mains', online });

test('below 40 % on its battery the laptop warns, with the number', () => {
  assert.match(batteryWarning([mains(false), battery(39)]) ?? '', /at 39 %.*mains/);
  assert.equal(batteryWarning([mains(false), battery(40)]), undefined);
});

test('on mains nothing is warned of, however empty the battery', () => {
  assert.equal(batteryWarning([mains(true), battery(3, 'Discharging')]), undefined);
  assert.equal(batteryWarning([{ type: 'USB', online: true }, battery(3, 'Charging')]), undefined);
  assert.equal(batteryWarning([battery(3, 'Charging')]), undefined);
  assert.equal(batteryWarning([battery(3, 'Not charging')]), undefined);
});

test('two batteries count by what they hold', () => {
  assert.equal(onBattery([battery(100, 'Unknown', 20), battery(0, 'Discharging', 60)]), 25);
  assert.equal(onBattery([battery(100, 'Unknown'), battery(0, 'Discharging', 60)]), 50);
});

test('a mouse, a desktop and what cannot be read are no reason to warn', () => {
  assert.equal(batteryWarning([{ ...battery(5), scope: 'Device' }]), undefined);
  assert.equal(batteryWarning([]), undefined);
  assert.equal(batteryWarning([mains(true)]), undefined);
  assert.equal(batteryWarning([{ type: 'Battery', status: 'Discharging' }]), undefined);
  assert.equal(batteryWarning([{ type: 'Unknown' }]), undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heldBy, withoutPermission } from '../../../main/core/serial/standing.ts';
import { commandsIn } from '../../../renderer/features/rescue/commands-in.ts';

const rights = { device: '/dev/ttyUSB0', mode: 0o660, gid: 20, listed: false };

test('a command to be typed is told from the sentence around it', () => {
  const cases: readonly (readonly [next: string, commands: readonly string[]])[] = [
    [
      withoutPermission({ ...rights, group: 'dialout' }).next,
      ['sudo usermod -aG dialout "$USER"', 'sudo chmod a+rw /dev/ttyUSB0'],
    ],
    [withoutPermission({ ...rights, group: 'dialout', listed: true }).next, ['sudo chmod a+rw /dev/ttyUSB0']],
    [withoutPermission(rights).next, ['sudo chmod a+rw /dev/ttyUSB0']],
    [
      heldBy('/dev/ttyUSB0', { program: 'minicom', pid: 4711 }).next,
      ['sudo kill 4711', 'sudo fuser -v /dev/ttyUSB0'],
    ],
    [
      heldBy('/dev/ttyS0', { program: 'agetty', pid: 812 }).next,
      ['sudo systemctl stop serial-getty@ttyS0.service'],
    ],
    [
      heldBy('/dev/ttyUSB0', { program: 'brltty', pid: 99 }).next,
      ['sudo systemctl stop brltty-udev.service'],
    ],
    [heldBy('/dev/ttyUSB0', { program: 'ModemManager', pid: 99 }).next, ['sudo systemctl stop ModemManager']],
    [heldBy('/dev/ttyUSB0', undefined).next, ['sudo fuser -v /dev/ttyUSB0']],
    ['Plug it in again.', []],
  ];
  for (const [next, commands] of cases) assert.deepEqual(commandsIn(next), commands, next);
});

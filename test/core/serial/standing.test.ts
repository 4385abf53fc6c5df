import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heldBy, withoutPermission } from '../../../main/core/serial/standing.ts';

const usb = { device: '/dev/ttyUSB0', mode: 0o20660, gid: 20, group: 'dialout', listed: false };

test('who is not in the group of the device is told the command that puts him there', () => {
  const { says, next } = withoutPermission(usb);
  assert.match(says, /belongs to the group dialout/);
  assert.match(next, /sudo usermod -aG dialout "\$USER" and log out and in again/);
  assert.match(next, /sudo chmod a\+rw \/dev\/ttyUSB0/);
});

test('the group is the one of the device, whatever it is called', () => {
  assert.match(withoutPermission({ ...usb, gid: 986, group: 'uucp' }).next, /usermod -aG uucp /);
});

test('who was put into the group after logging in is told to log in again', () => {
  const { says, next } = withoutPermission({ ...usb, listed: true });
  assert.match(says, /this login does not know it yet/);
  assert.doesNotMatch(next, /usermod/);
});

test('where no group may use the device, nobody is sent into one', () => {
  for (const rights of [
    { ...usb, mode: 0o20600 },
    { ...usb, gid: 0, group: 'root' },
  ])
    assert.doesNotMatch(withoutPermission(rights).next, /usermod/);
});

test('a program that holds the port is named with its process and the command to see it', () => {
  const held = heldBy('/dev/ttyUSB0', { program: 'screen', pid: 812 });
  assert.equal(held.by, 'screen (process 812)');
  assert.match(held.next, /sudo fuser -v \/dev\/ttyUSB0/);
  assert.match(held.next, /sudo kill 812/);
});

test('ModemManager is known for what it does', () => {
  const seen = heldBy('/dev/ttyUSB0', { program: 'ModemManager', pid: 700 });
  assert.match(seen.says, /whether this adapter is a modem/);
  assert.match(seen.next, /systemctl stop ModemManager/);
  const guessed = heldBy('/dev/ttyUSB0', undefined, true);
  assert.match(guessed.says, /ModemManager runs here/);
});

test('where the system does not tell who, the command that tells is shown', () => {
  assert.match(heldBy('/dev/ttyACM1', undefined).next, /sudo fuser -v \/dev\/ttyACM1/);
});

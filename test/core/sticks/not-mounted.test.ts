import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notMountedLinux } from '../../../main/core/sticks/not-mounted.ts';

const stick = (fileSystem: string, more: object = {}) => ({
  device: '/dev/sdb1',
  fileSystem,
  locked: false,
  ...more,
});
const desktop = { udisks: true, isRoot: false };
const bare = { udisks: false, isRoot: false };

test('a desktop mounts it without root; a bare laptop with sudo, as a stick of who asks', () => {
  const command = (...[found, by]: Parameters<typeof notMountedLinux>): string =>
    notMountedLinux(found, by).says.split(' with: ')[1] ?? '';
  assert.equal(command(stick('vfat'), desktop), 'udisksctl mount -b /dev/sdb1');
  assert.equal(command(stick('ext4'), bare), 'sudo mount /dev/sdb1 /mnt');
  assert.equal(command(stick('exfat'), bare), 'sudo mount -o "uid=$(id -u),gid=$(id -g)" /dev/sdb1 /mnt');
  assert.equal(command(stick('vfat'), { udisks: false, isRoot: true }), 'mount /dev/sdb1 /mnt');
});

test('a locked stick is to be unlocked first', () => {
  const says = (fileSystem: string, by = bare): string =>
    notMountedLinux(stick(fileSystem, { locked: true }), by).says;
  assert.match(says('crypto_LUKS'), /locked\. .*sudo cryptsetup open \/dev\/sdb1 stick/);
  assert.match(says('BitLocker'), /sudo cryptsetup open --type bitlk \/dev\/sdb1 stick/);
  assert.match(says('crypto_LUKS', desktop), /udisksctl unlock -b \/dev\/sdb1/);
});

test('the name of a device reaches the command as one word', () => {
  const odd = notMountedLinux({ ...stick('ext4'), device: "/dev/mapper/a'b c" }, desktop).says;
  assert.ok(odd.endsWith(`udisksctl mount -b '/dev/mapper/a'\\''b c'`), odd);
});

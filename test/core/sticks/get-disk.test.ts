import assert from 'node:assert/strict';
import { test } from 'node:test';
import { windowsSticksIn } from '../../../main/core/sticks/get-disk.ts';
import { rows, stick } from './windows-samples.ts';

test('sticks and cards of Windows are found; its own disks and one it was started from are not', () => {
  assert.deepEqual(
    windowsSticksIn(JSON.stringify(rows)).map(({ path, device, label, model, serial, fileSystem }) => [
      path,
      device,
      label,
      model,
      serial,
      fileSystem,
    ]),
    [
      ['E:\\', 'E:', 'SUPPLY', 'SanDisk Ultra Fit', '4C530001', 'FAT32'],
      ['', 'F:', 'Kingston DataTraveler 3.0', 'Kingston DataTraveler 3.0', '60A44C41', ''],
      ['', 'disk 3, partition 2', 'NOLETTER', 'SanDisk Ultra Fit', '4C530001', 'NTFS'],
      ['G:\\', 'G:', 'CARD', 'SD Card Reader', '', 'exFAT'],
    ],
  );
});

test('a locked stick and a write-protected card are told apart', () => {
  assert.deepEqual(
    windowsSticksIn(JSON.stringify(rows)).map(({ locked, readOnly }) => [locked, readOnly]),
    [
      [false, false],
      [true, false],
      [false, false],
      [false, true],
    ],
  );
});

test('one stick alone, a byte order mark and a bus told as a number are read alike', () => {
  const one = JSON.stringify({ ...stick, BusType: '7', DriveType: 'Fixed' });
  for (const text of [one, `\uFEFF[${one}]\r\n`])
    assert.deepEqual(
      windowsSticksIn(text).map(each => each.path),
      ['E:\\'],
    );
});

test('a disk that does not say whether Windows runs on it is not offered', () => {
  for (const missing of [{ IsBoot: null }, { IsSystem: undefined }, { IsBoot: 'False' }])
    assert.deepEqual(windowsSticksIn(JSON.stringify([{ ...stick, ...missing }])), []);
});

test('an answer that is none gives no sticks', () => {
  for (const text of ['', '[]', 'null', '7', '[null]', 'Get-Disk : Access denied'])
    assert.deepEqual(windowsSticksIn(text), []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { macAsks, macSticksIn } from '../../../main/core/sticks/diskutil.ts';
import { infos, list } from './mac-samples.ts';

const answers = (changed: Readonly<Record<string, object>> = {}): readonly string[] =>
  macAsks(list).map(id => JSON.stringify(changed[id] ?? infos[id] ?? {}));

test('sticks and cards of a Mac are found; its own disk, boot parts and opened images are not', () => {
  assert.deepEqual(
    macSticksIn(list, answers()).map(({ path, device, drive, label, model, fileSystem }) => [
      path,
      device,
      drive,
      label,
      model,
      fileSystem,
    ]),
    [
      ['/Volumes/SUPPLY 1', 'disk4s2', 'disk4', 'SUPPLY 1', 'Ultra Fit', 'msdos'],
      ['', 'disk6s1', 'disk5', 'SEALED', 'Extreme', 'apfs'],
      ['/Volumes/CARD', 'disk7', 'disk7', 'CARD', 'Built In SDXC Reader', 'exfat'],
    ],
  );
});

test('a locked volume, a write-protected card and a writable stick are told apart', () => {
  assert.deepEqual(
    macSticksIn(list, answers()).map(({ locked, readOnly }) => [locked, readOnly]),
    [
      [false, false],
      [true, false],
      [false, true],
    ],
  );
});

test("the Mac's own disk is not even asked about", () => {
  assert.deepEqual(macAsks(list), ['disk4', 'disk4s2', 'disk5', 'disk6s1', 'disk7', 'disk8', 'disk8s1']);
});

test('an external disk the Mac was started from is never offered, whatever else lies on it', () => {
  const started = list.replace('"/Volumes/SUPPLY 1"', '"/"');
  assert.deepEqual(
    macSticksIn(started, answers()).map(({ drive }) => drive),
    ['disk5', 'disk7'],
  );
});

test('a disk inside the Mac is not offered, and what diskutil does not answer for is left out', () => {
  const inside = { ...infos['disk4'], Internal: true, RemovableMediaOrExternalDevice: false };
  assert.deepEqual(
    macSticksIn(list, answers({ disk4: inside, disk7: {} })).map(({ drive }) => drive),
    ['disk5'],
  );
});

test('an older Mac, which does not say so, is known by what can be ejected', () => {
  const { RemovableMediaOrExternalDevice: _, ...old } = infos['disk4'] as Record<string, unknown>;
  const drives = (disk4: object) => macSticksIn(list, answers({ disk4 })).map(({ drive }) => drive);
  assert.ok(drives(old).includes('disk4'));
  assert.ok(!drives({ ...old, Ejectable: false }).includes('disk4'));
  assert.ok(!drives({ ...old, Internal: true }).includes('disk4'));
});

test('an answer that is none gives no sticks, and no name of its own is asked for', () => {
  for (const text of ['', '<stdin>: Property List error', '[]', '{}', '{"AllDisksAndPartitions":[null,1]}'])
    assert.deepEqual([macAsks(text), macSticksIn(text, ['', '{}'])], [[], []]);
  const odd = { AllDisksAndPartitions: [{ DeviceIdentifier: '-h; reboot', MountPoint: '/Volumes/X' }] };
  assert.deepEqual(macAsks(JSON.stringify(odd)), []);
});

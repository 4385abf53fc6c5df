import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { diskEncryption } from '../../main/machine/disk-encryption.ts';
import { clockWarning } from '../../main/core/laptop-clock.ts';
import { encryptionWarning, warningsNow, rightsWarning } from '../../main/machine/warnings.ts';
import { audit } from '../../main/store/audit.ts';
import { openStore } from '../../main/store/open.ts';
import { folder } from '../support/folder.ts';
import { testClock } from '../support/test-clock.ts';

const built = new Date('2026-11-01T00:00:00Z');

test('a clock before the build date is warned about', () => {
  assert.match(
    clockWarning(new Date('1970-01-01T00:00:07Z'), built) ?? '',
    /1970-01-01 00:00 UTC.*2026-11-01/,
  );
  assert.equal(clockWarning(new Date('2026-11-01T00:00:01Z'), built), undefined);
});

test('a clock before the newest entry of the journal is warned about', t => {
  const home = folder(t);
  const store = openStore(join(home, 'coldstart.db'));
  t.after(() => {
    store.close();
  });
  const warnings = (now: string) =>
    warningsNow({
      home: { folder: home, world: 'real' },
      clock: testClock(new Date(now)),
      builtAt: built.toISOString(),
      store,
    }).filter(one => one.includes('clock'));
  assert.deepEqual(warnings('2026-11-20T00:00:00Z'), []);
  store.write(db => {
    audit(db, 'Ada', 'created-site', {}, new Date('2026-11-21T12:00:00Z'));
  });
  assert.match(warnings('2026-11-20T00:00:00Z')[0] ?? '', /journal.*2026-11-21 12:00 UTC/);
  assert.deepEqual(warnings('2026-11-21T11:58:00Z'), [], 'two minutes are drift');
  assert.deepEqual(warnings('2026-11-21T12:00:01Z'), []);
});

test('a home others can look into is warned about', t => {
  const home = folder(t);
  assert.equal(rightsWarning(home), undefined);
  chmodSync(home, 0o755);
  assert.match(rightsWarning(home) ?? '', /Other users/);
});

/** A /sys with these block devices; `on` names what a device is made of. */
function sysWith(t: TestContext, devices: Record<string, { uuid?: string; on?: string[]; number?: string }>) {
  const sys = folder(t);
  for (const path of ['dev/block', 'class/block', 'devices']) mkdirSync(join(sys, path), { recursive: true });
  for (const [name, { uuid, on = [], number }] of Object.entries(devices)) {
    const device = join(sys, 'devices', name);
    mkdirSync(join(device, 'slaves'), { recursive: true });
    if (uuid !== undefined) {
      mkdirSync(join(device, 'dm'));
      writeFileSync(join(device, 'dm', 'uuid'), `${uuid}\n`);
    }
    for (const part of on) symlinkSync(join(sys, 'devices', part), join(device, 'slaves', part));
    symlinkSync(device, join(sys, 'class/block', name));
    if (number) symlinkSync(device, join(sys, 'dev/block', number));
  }
  return sys;
}

test(
  'a disk counts as encrypted when dm-crypt lies anywhere under it',
  { skip: process.platform !== 'linux' },
  t => {
    const sys = sysWith(t, {
      sda2: { number: '8:2' },
      'dm-0': { uuid: 'CRYPT-LUKS2-abc', on: ['sda2'], number: '253:0' },
      'dm-1': { uuid: 'LVM-abc', on: ['dm-0'], number: '253:1' },
      'dm-2': { uuid: 'LVM-def', on: ['dm-0', 'sda2'], number: '253:2' },
    });
    const at = (major: number, minor: number) => diskEncryption('/', { sys, dev: (major << 8) | minor });
    assert.equal(at(8, 2), 'plain');
    assert.equal(at(253, 0), 'encrypted');
    assert.equal(at(253, 1), 'encrypted');
    assert.equal(at(253, 2), 'plain', 'half of it is readable');
    assert.equal(at(9, 9), 'unknown');
  },
);

test('btrfs is found through its mount', { skip: process.platform !== 'linux' }, t => {
  const sys = sysWith(t, { 'dm-0': { uuid: 'CRYPT-LUKS2-abc' }, 'no-such-disk7': {} });
  const mountinfo = join(sys, 'mountinfo');
  const at = (device: string, fileSystem = 'btrfs') => {
    writeFileSync(mountinfo, `30 1 0:27 /home /  rw - ${fileSystem} ${device} rw\n`.replace('  ', ' '));
    return diskEncryption('/', { sys, dev: 27, mountinfo });
  };
  assert.equal(at('/dev/no-such-disk7'), 'plain');
  assert.equal(at('/dev/dm-0'), 'encrypted');
  assert.equal(at('overlay', 'overlay'), 'unknown');
});

test('nothing is claimed where nothing can be seen', () => {
  assert.equal(encryptionWarning('unknown'), undefined);
  assert.equal(encryptionWarning('encrypted'), undefined);
  assert.match(encryptionWarning('plain') ?? '', /not seem to be encrypted/);
  assert.equal(diskEncryption('/no/such/folder'), 'unknown');
});

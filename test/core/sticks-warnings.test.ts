import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stickWarnings, troubleIn } from '../../main/core/sticks/warnings.ts';

const log = `[    1.1] EXT4-fs (sda2): mounted filesystem
[   88.0] blk_update_request: I/O error, dev sdb, sector 2048 op 0x1:(WRITE)
[   88.1] Buffer I/O error on dev sdb1, logical block 5, lost async page write
[   90.0] FAT-fs (sdc1): error, fat_get_cluster: invalid cluster chain
[   91.0] I/O error, dev sdbc, sector 8`;

test('only errors of this drive, or of a partition of it, count', () => {
  assert.equal(troubleIn(log, '/dev/sdb1').length, 2);
  assert.equal(troubleIn(log, '/dev/sdb').length, 2);
  assert.equal(troubleIn(log, '/dev/sdc1').length, 1);
  assert.deepEqual(troubleIn(log, '/dev/sda2'), []);
  assert.deepEqual(troubleIn(log, '/dev/sd'), []);
  assert.deepEqual(troubleIn(log, ''), []);
  const again = `${log}\n[   99.0] sd 4:0:0:0: [sdb] Attached SCSI removable disk`;
  assert.deepEqual(troubleIn(again, '/dev/sdb1'), [], 'another drive had the name before');
  const notices = `[ 1.0] FAT-fs (sdb1): utf8 is not a recommended IO charset for FAT filesystems
[ 1.1] FAT-fs (sdb1): Volume was not properly unmounted. Some data may be corrupt. Please run fsck.
[ 1.2] EXT4-fs warning (device sdb1): mounting fs with errors`;
  assert.deepEqual(troubleIn(notices, '/dev/sdb1'), [], 'a notice is no error');
});

test('what should be known of a stick, the gravest first', () => {
  const sound = { fileSystem: 'ext4', free: 2 ** 34, bytes: 2 ** 35, writable: true, readOnly: false };
  const said = (more: object, trouble: readonly string[] = []): readonly string[] =>
    stickWarnings({ ...sound, ...more }, trouble).map(each => each.is);
  assert.deepEqual(said({}), []);
  assert.deepEqual(said({ fileSystem: 'vfat', free: 2 ** 20 }, ['I/O error, dev sdb']), [
    'write-errors',
    'nearly-full',
    'fat32',
  ]);
  assert.deepEqual(said({ writable: false }), ['not-ours']);
  assert.deepEqual(said({ writable: false, readOnly: true, free: 0 }), ['read-only']);
});

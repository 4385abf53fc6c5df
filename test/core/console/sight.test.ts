import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMessage } from '../../../main/core/console/sight.ts';

test('what a boot says of itself is told from what a program prints', () => {
  for (const line of [
    '[    2.345678] EXT4-fs (vda): mounted filesystem',
    'SELinux:  Could not open policy file <= /etc/selinux/targeted/policy/policy.33:  No such file or directory',
    'Loading initial ramdisk ...',
  ])
    assert.equal(isMessage(line), true, line);
  for (const line of ['total 12', 'SELinux is disabled on this host', 'done'])
    assert.equal(isMessage(line), false, line);
});

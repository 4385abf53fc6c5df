import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sticksIn } from '../../main/core/sticks/lsblk.ts';
import { localSticks } from '../../main/machine/sticks.ts';
import { needsRoot } from '../support/needs.ts';

const disk = (more: object): object => ({
  name: 'sdb',
  rm: true,
  hotplug: true,
  ro: false,
  tran: 'usb',
  ...more,
});
const part = (more: object): object => ({
  name: 'sdb1',
  label: 'BACKUP',
  fstype: 'vfat',
  size: 31_000_000_000,
  fssize: '30900000000',
  rm: true,
  ro: false,
  mountpoints: ['/media/anna/BACKUP'],
  ...more,
});
const answer = (...blockdevices: object[]): string => JSON.stringify({ blockdevices });

test('a mounted USB stick is listed by its label, file system and place', () => {
  assert.deepEqual(sticksIn(answer(disk({ children: [part({})] }))), [
    {
      path: '/media/anna/BACKUP',
      device: '/dev/sdb1',
      label: 'BACKUP',
      model: '',
      serial: '',
      fileSystem: 'vfat',
      bytes: 30_900_000_000,
      removable: true,
      readOnly: false,
      locked: false,
      drive: '/dev/sdb',
    },
  ]);
});

test('a stick without partitions, and a USB disk that does not call itself removable, are sticks too', () => {
  const whole = disk({ fstype: 'exfat', label: null, model: 'Kingston ', mountpoints: ['/mnt/stick'] });
  const usb = disk({ rm: false, hotplug: false, children: [part({ rm: false })] });
  assert.deepEqual(
    sticksIn(answer(whole, usb)).map(stick => [stick.path, stick.label]),
    [
      ['/mnt/stick', 'Kingston'],
      ['/media/anna/BACKUP', 'BACKUP'],
    ],
  );
});

test("the laptop's own disks and swap are not listed", () => {
  const own = { name: 'nvme0n1', rm: false, tran: 'nvme', children: [part({ mountpoints: ['/'] })] };
  const swap = disk({ children: [part({ fstype: 'swap', mountpoints: [null] })] });
  const live = disk({ children: [part({ mountpoints: ['/boot/efi', '[SWAP]', '/'] })] });
  assert.deepEqual(sticksIn(answer({ ...own, children: [{ ...part({}), rm: false }] }, swap, live)), []);
});

test('the answer of an older lsblk, with texts for numbers and one mount point, is read alike', () => {
  const old = {
    name: 'sdb',
    rm: '1',
    ro: '1',
    tran: 'usb',
    children: [{ ...part({}), mountpoints: undefined, mountpoint: '/mnt/s', ro: '0' }],
  };
  const [stick] = sticksIn(answer(old));
  assert.deepEqual([stick?.path, stick?.readOnly], ['/mnt/s', true]);
});

test('an answer that is no list gives no sticks', () => {
  for (const text of ['', 'lsblk: not found', '[]', '{}', '{"blockdevices":null}'])
    assert.deepEqual(sticksIn(text), []);
});

test('without lsblk there are no sticks and no failure', async () => {
  assert.deepEqual(await localSticks('/nowhere/lsblk').list(), []);
});

test('a stick is measured where it is mounted; one pulled in between is left out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coldstart-stick-'));
  try {
    const text = answer(
      disk({ children: [part({ mountpoints: ['/media/nobody/PULLED'] })] }),
      disk({ children: [part({ mountpoints: [join('/proc/self/root', folder)] })] }),
    );
    const tool = join(folder, 'lsblk');
    writeFileSync(join(folder, 'answer'), text);
    // An older lsblk: it does not know the column it is asked for first.
    writeFileSync(
      tool,
      `#!/bin/sh\ncase "$4" in *MOUNTPOINTS|*PATH) exit 1;; esac\ncat '${folder}/answer'\n`,
    );
    chmodSync(tool, 0o755);
    const [stick, ...more] = await localSticks(tool).list();
    assert.deepEqual(more, []);
    assert.equal(stick?.writable, true);
    assert.ok(stick.free > 0 && stick.bytes >= stick.free);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('this laptop is asked without harm', async () => {
  assert.ok(Array.isArray(await localSticks().list()));
});

test('a disk inside the laptop, and every part of a drive that holds the system, is never offered', () => {
  const sata = disk({
    rm: false,
    hotplug: true,
    tran: 'sata',
    children: [part({ rm: false, mountpoints: ['/srv/data'] })],
  });
  const card = disk({
    tran: 'mmc',
    children: [part({ mountpoints: ['/'] }), part({ name: 'sdb3', mountpoints: ['/srv'] })],
  });
  const vg = disk({
    children: [
      part({
        mountpoints: [null],
        children: [
          { name: 'vg-root', mountpoints: ['/'] },
          { name: 'vg-data', mountpoints: ['/data'] },
        ],
      }),
    ],
  });
  assert.deepEqual(sticksIn(answer(sata, card, vg)), []);
});

/** As lsblk 2.38 prints a drive with a boot partition, a plain one, one that is locked, and one that was unlocked. */
const several = answer(
  disk({
    path: '/dev/sdb',
    type: 'disk',
    model: 'Ultra Fit',
    fstype: null,
    mountpoints: [null],
    children: [
      part({ path: '/dev/sdb1', parttype: 'c12a7328-f81f-11d2-ba4b-00c04fd430c8', mountpoints: [null] }),
      part({ name: 'sdb2', path: '/dev/sdb2', label: 'PLAIN', mountpoints: [null], fssize: null }),
      part({ name: 'sdb3', path: '/dev/sdb3', label: null, fstype: 'crypto_LUKS', mountpoints: [null] }),
      part({
        name: 'sdb4',
        path: '/dev/sdb4',
        fstype: 'crypto_LUKS',
        mountpoints: [null],
        children: [
          {
            name: 'luks-5a1e',
            path: '/dev/mapper/luks-5a1e',
            type: 'crypt',
            fstype: 'ext4',
            label: 'SEALED',
            ro: false,
            rm: false,
            size: 1000,
            mountpoints: ['/media/anna/SEALED'],
          },
        ],
      }),
    ],
  }),
);

test('a stick that is not mounted is seen, a locked one is called so, an unlocked one has its mapped name', () => {
  assert.deepEqual(
    sticksIn(several).map(({ path, device, label, locked, drive }) => [path, device, label, locked, drive]),
    [
      ['', '/dev/sdb2', 'PLAIN', false, '/dev/sdb'],
      ['', '/dev/sdb3', 'Ultra Fit', true, '/dev/sdb'],
      ['/media/anna/SEALED', '/dev/mapper/luks-5a1e', 'SEALED', false, '/dev/sdb'],
    ],
  );
});

test('without a column for paths, a mapped device is still found below /dev/mapper', () => {
  const vg = { name: 'vg-data', type: 'lvm', fstype: 'xfs', size: 1, mountpoint: null };
  const [stick] = sticksIn(
    answer(disk({ children: [{ ...part({}), mountpoints: [null], children: [vg] }] })),
  );
  assert.deepEqual([stick?.device, stick?.path], ['/dev/mapper/vg-data', '']);
});

test('a stick that is not mounted cannot be written to, and how to mount it stands beside it', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'coldstart-stick-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'lsblk'), `#!/bin/sh\ncat <<'X'\n${several}\nX\n`);
  chmodSync(join(folder, 'lsblk'), 0o755);
  const [plain, locked, ...more] = await localSticks(join(folder, 'lsblk')).list();
  assert.deepEqual(more, []);
  assert.deepEqual([plain?.writable, plain?.free, plain?.bytes], [false, 0, 31_000_000_000]);
  assert.deepEqual(
    plain?.warnings.map(each => each.is),
    ['not-mounted'],
  );
  assert.match(plain?.warnings[0]?.says ?? '', /mount .*\/dev\/sdb2/);
  assert.match(locked?.warnings[0]?.says ?? '', /locked.*(unlock -b|cryptsetup open) \/dev\/sdb3/);
});

test('a glance tells that a drive came and was mounted, and that it is gone again', needsRoot(), async t => {
  const folder = mkdtempSync('/mnt/coldstart-glance-');
  const image = join(folder, 'image');
  const at = join(folder, 'stick');
  const run = (tool: string, ...args: string[]): string => execFileSync(tool, args, { encoding: 'utf8' });
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(at);
  run('truncate', '-s', '16M', image);
  run('mkfs.ext4', '-q', '-F', image);
  const sticks = localSticks('/nowhere/lsblk');
  // Other drives may come and go meanwhile: only this one is looked for.
  const isSeen = async (): Promise<boolean> => (await sticks.glance()).includes(` ${at} `);
  assert.equal(await isSeen(), false);
  run('mount', '-o', 'loop', image, at);
  t.after(() => execFileSync('sh', ['-c', 'umount -l "$1" 2>/dev/null || true', 'sh', at]));
  assert.equal(await isSeen(), true);
  run('umount', at);
  assert.equal(await isSeen(), false);
});

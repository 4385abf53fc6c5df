import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { folder } from '../support/folder.ts';
import { needs, needsQemu } from '../support/needs.ts';
import { Console } from '../support/nodes/console.ts';
import { openssh } from '../support/nodes/openssh.ts';
import { qemuNode, stickImage } from '../support/nodes/qemu.ts';

test('a machine wakes with an identity of its own, and OpenSSH logs in to it', needsQemu(), async t => {
  const nodes = await Promise.all(['cp1', 'cp2'].map(name => qemuNode(t, { name })));
  const seen = await Promise.all(nodes.map(node => node.done('hostname; cat /etc/machine-id; date +%s')));
  const [[name1, id1, now1], [name2, id2]] = seen.map(text => text.split('\n')) as [string[], string[]];
  assert.deepEqual([name1, name2], ['cp1', 'cp2']);
  assert.notEqual(id1, id2);
  assert.ok(Math.abs(Number(now1) - Date.now() / 1000) < 30);
  const [node, other] = nodes;
  assert.ok(node && other);
  assert.notEqual(node.fingerprint, other.fingerprint);
  const said = await openssh(node, 'hostname; ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub');
  assert.match(said, /^cp1\n/);
  assert.ok(said.includes(node.fingerprint), said);
});

test('an error on the disk makes the root read-only, and the console still lets in', needsQemu(), async t => {
  const node = await qemuNode(t);
  await node.done('dmesg -n 7; echo 1 >/sys/fs/ext4/vda/trigger_fs_error');
  const wrote = await node.run('for n in 1 2 3 4 5; do touch /root/x || exit 1; sleep 0.2; done');
  assert.match(wrote.stderr, /Read-only file system/);
  // Journald meets the error again and again; a prompt would never be the last thing on this console.
  await node.run('dmesg -n 1');
  const person = await Console.open(node.console);
  t.after(() => person.close());
  await person.login('root', node.rootPassword);
  assert.match((await person.cmd('dmesg | grep -c "Remounting filesystem read-only"')).out, /^[1-9]\d*$/);
});

test(
  'a stick is plugged in, mounted, and pulled out while mounted',
  { ...needsQemu(), ...needs('dosfs') },
  async t => {
    const node = await qemuNode(t);
    const stick = await node.usbStick(stickImage(folder(t), { label: 'BACKUP' }));
    const appears = 'for n in $(seq 60); do [ -b /dev/disk/by-label/BACKUP ] && break; sleep 0.2; done';
    await node.done(
      `${appears}; mkdir -p /mnt; mount /dev/disk/by-label/BACKUP /mnt; echo hello >/mnt/file; sync`,
    );
    assert.match(await node.done('lsblk -dno RM,TRAN /dev/sda'), /1\s+usb/);
    await stick.yank();
    for (let tries = 0; tries < 50; tries++) {
      if ((await node.run('[ -b /dev/sda ]')).code !== 0) break;
      await pause(100);
    }
    assert.notEqual((await node.run('dd if=/dev/zero of=/mnt/more bs=1M count=1 conv=fsync')).code, 0);
  },
);

test('an NVMe disk says by SMART that it is failing', needsQemu(), async t => {
  const node = await qemuNode(t);
  const disk = await node.nvmeDisk(stickImage(folder(t), { label: 'DISK' }));
  await node.done('for n in $(seq 60); do [ -e /dev/nvme0 ] && exit 0; sleep 0.2; done; exit 1');
  const passed = 'smartctl --json -H /dev/nvme0';
  assert.match(await node.done(passed), /"passed": true/);
  await disk.warn(4);
  assert.match((await node.run(passed)).stdout, /"passed": false/);
});

test('the console can be a terminal instead of a socket', needsQemu(), async t => {
  const node = await qemuNode(t, { pty: true });
  assert.match(node.console, /^\/dev\/pts\/\d+$/);
  assert.equal(await node.done('hostname'), 'node1');
});

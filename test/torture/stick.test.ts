import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Run } from '../../preload/contract/domain.ts';
import { carryFolder } from '../../main/core/carry/names.ts';
import { failureIn } from '../support/coldstart.ts';
import { assets, k3sVersion } from '../support/field-site.ts';
import { folder } from '../support/folder.ts';
import { needs, needsElsewhere, needsQemu } from '../support/needs.ts';
import { standInK3s } from '../support/nodes/k3s.ts';
import { laptopAtTheConsole } from '../support/nodes/laptop.ts';
import { qemuNode, stickImage } from '../support/nodes/qemu.ts';
import type { QemuNode } from '../support/nodes/qemu.ts';
import { wholeInstall } from '../support/nodes/site.ts';

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
const imagesAt = '/var/lib/rancher/k3s/agent/images/k3s-airgap-images-amd64.tar';
const stage = '/var/lib/rancher/k3s/.coldstart';

/** A stick in the laptop: an image with ext4 on it, mounted at `at`. */
function laptopStick(base: string): { readonly image: string; readonly at: string; unmount(): void } {
  const image = join(base, 'carry.img');
  const at = join(base, 'media');
  execFileSync('truncate', ['-s', '256M', image]);
  execFileSync('mkfs.ext4', ['-q', image], { stdio: 'pipe' });
  mkdirSync(at);
  execFileSync('mount', ['-o', 'loop', image, at]);
  return { image, at, unmount: () => void execFileSync('umount', [at]) };
}

const mountsOn = (node: QemuNode): Promise<string> =>
  node.done('grep coldstart/stick /proc/self/mountinfo || true');

async function until(what: () => Promise<boolean>, seconds: number, says: string): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !(await what());) {
    assert.ok(Date.now() < end, says);
    await pause(100);
  }
}

test(
  'over its console alone a machine is installed from a stick, pulled in the middle of it',
  {
    ...needsElsewhere(existsSync('/dev/loop-control'), 'loop devices, for the stick in the laptop'),
    ...needs('gcc', 'dosfs'),
    ...needsQemu(),
  },
  async t => {
    const base = folder(t);
    const node = await qemuNode(t, { name: 'cp1' });
    // K3s wants a default route; this machine reaches nothing.
    await node.done('ip link add dummy0 type dummy; ip link set dummy0 up; ip route add default dev dummy0');
    const cli = await laptopAtTheConsole(t, node);
    const images = randomBytes(60_000_000);
    const k3s = readFileSync(standInK3s(k3sVersion));
    const bundle = assets(join(base, 'bundle'), { k3s, images });
    await cli.done('bundle', 'import', bundle, '--consent', k3sVersion);
    const laptop = laptopStick(base);
    let mounted = true;
    t.after(() => mounted && laptop.unmount());

    const first = cli.start('install', 'cp1', '--by-stick', laptop.at, '--yes');
    await first.until(/Now unmount the stick/);
    const names = readdirSync(join(laptop.at, carryFolder)).toSorted();
    assert.equal(names.length, 3, names.join(' '));
    assert.ok(names.every(name => !name.endsWith('.partial')));
    laptop.unmount();
    mounted = false;
    // A container that started meanwhile may hold a copy of the mount; the last writes come when it lets go.
    await until(
      async () => execFileSync('losetup', ['-j', laptop.image], { encoding: 'utf8' }) === '',
      120,
      'the stick is still mounted somewhere on the laptop',
    );
    const written = sha256(laptop.image);

    await t.test('another stick is not taken for it', async () => {
      await first.until(/Plug the stick into cp1: no stick is plugged in yet/);
      const other = await node.usbStick(stickImage(base, { label: 'HOLIDAY' }));
      await first.until(/has no folder coldstart-carry: it is another stick/);
      await other.yank();
    });

    const stick = await node.usbStick(laptop.image, { serial: 'CARRY1' });
    const id = /stick\d+/.exec(await node.hmp('info block'))?.[0] ?? '';
    await node.hmp(`block_set_io_throttle ${id} 4000000 0 0 0 0 0`);

    await t.test('a stick that is pulled while it is copied is let go, and said', async () => {
      const part = `${stage}/k3s-airgap-images-amd64.tar.from-stick`;
      await until(
        async () => Number((await node.run(`wc -c <${part}`)).stdout) > 2_000_000,
        120,
        first.said().slice(-2000),
      );
      assert.match(await mountsOn(node), / ro,nosuid,nodev,noexec/);
      await stick.yank();
      const failure = failureIn(await first.ended, 'gone-away');
      assert.match(failure.says, /pulled while k3s-airgap-images-amd64\.tar was copied/);
      assert.equal(await mountsOn(node), '');
      assert.equal((await node.run(`ls ${part}`)).code, 2);
    });

    await t.test('plugged in again, the run goes on to its end', async () => {
      await stick.plug();
      const [last] = (await cli.done('run', 'list')).runs as readonly Run[];
      const run = (await cli.done('run', 'continue', last?.id ?? '')) as Run;
      assert.equal(run.state, 'passed');
      await wholeInstall(node);
      assert.equal(await mountsOn(node), '');
      assert.equal(
        await node.done(`sha256sum <${imagesAt} | cut -c 1-64`),
        createHash('sha256').update(images).digest('hex'),
      );
      await stick.yank();
      assert.equal(sha256(laptop.image), written, 'something was written to the stick');
    });

    await t.test('a FAT stick does as well, and only what is missing is taken off it', async () => {
      // The guest itself copies our folder onto a FAT stick, as this machine’s kernel may know no FAT.
      const from = await node.usbStick(laptop.image, { readOnly: true, serial: 'CARRY2' });
      const fat = stickImage(base, { label: 'FAT', mib: 128 });
      const to = await node.usbStick(fat, { serial: 'CARRY3' });
      await node.done(
        `n=0; until [ -b /dev/disk/by-label/FAT ] || [ $n -gt 100 ]; do n=$((n + 1)); sleep 0.1; done
mkdir -p /tmp/a /tmp/b; mount -o ro,noload /dev/disk/by-id/usb-*CARRY2* /tmp/a; mount /dev/disk/by-label/FAT /tmp/b
cp -r /tmp/a/${carryFolder} /tmp/b/; umount /tmp/a /tmp/b; rm ${imagesAt}`,
      );
      await from.yank();
      const before = sha256(fat);
      const run = (await cli.done('install', 'cp1', '--from-stick', '--yes')) as Run;
      assert.equal(run.state, 'passed');
      assert.deepEqual(
        ['from-stick', 'images', 'binary'].map(id => run.steps.find(step => step.id === id)?.standing),
        ['passed', 'passed', 'already'],
      );
      assert.match(await node.done(`ls -l ${imagesAt}`), /60000000/);
      assert.equal(await mountsOn(node), '');
      await to.yank();
      assert.equal(sha256(fat), before, 'something was written to the stick');
    });
  },
);

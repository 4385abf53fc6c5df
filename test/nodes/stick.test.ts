import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { copyFailure, sticksSeen } from '../../main/core/carry/looked.ts';
import { carryFolder, carryName } from '../../main/core/carry/names.ts';
import { copyFromStick, lookForSticks, whatIsThere } from '../../main/services/runbooks/carry/scripts.ts';
import { folder } from '../support/folder.ts';
import { needsQemu } from '../support/needs.ts';
import { qemuNode } from '../support/nodes/qemu.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const feature = 1024 + 0x60;
const recover = 4;

/** What a run does with a stick, on a real machine with a real USB port. `npm run torture` does it over the console. */
test(
  'a stick is found on USB, pulled while it is copied, plugged in again, and never written to',
  needsQemu(),
  async t => {
    const base = folder(t);
    const node = await qemuNode(t, { name: 'cp1' });
    const content = randomBytes(6_000_000);
    const name = 'k3s-airgap-images-amd64.tar';
    const file = {
      name,
      bytes: content.length,
      sha256: sha256(content),
      as: carryName({ name, sha256: sha256(content) }),
      path: '/var/lib/rancher/k3s/.coldstart/images.tar',
      endsAt: '/var/lib/rancher/k3s/agent/images/images.tar',
    };
    mkdirSync(join(base, 'files', carryFolder), { recursive: true });
    writeFileSync(join(base, 'files', carryFolder, file.as), content);
    const image = join(base, 'carry.img');
    execFileSync('truncate', ['-s', '64M', image]);
    execFileSync('mkfs.ext4', ['-q', '-O', '^metadata_csum', '-d', join(base, 'files'), image], {
      stdio: 'pipe',
    });
    // As after a laptop that was not shut down: the journal waits to be replayed, which would write to the stick.
    const bytes = readFileSync(image);
    bytes.writeUInt32LE(bytes.readUInt32LE(feature) | recover, feature);
    writeFileSync(image, bytes);
    const before = sha256(readFileSync(image));
    const mounted = (): Promise<string> => node.done('grep coldstart /proc/self/mountinfo || true');
    const seen = async () => sticksSeen((await node.run(lookForSticks([file.as]).text)).stdout);

    assert.deepEqual(await seen(), []);
    const stick = await node.usbStick(image);
    for (let n = 0; (await seen())?.length === 0; n++) {
      assert.ok(n < 100, 'the stick never came');
      await pause(100);
    }
    const [first] = (await seen()) ?? [];
    assert.deepEqual(first, { is: 'ours', device: first?.device, has: new Map([[file.as, content.length]]) });
    assert.equal(await mounted(), '');

    const id = /stick\d+/.exec(await node.hmp('info block'))?.[0] ?? '';
    await node.hmp(`block_set_io_throttle ${id} 2000000 0 0 0 0 0`);
    await node.done(
      `setsid sh -c '${copyFromStick([file]).text.replaceAll("'", String.raw`'\''`)}' >/tmp/log 2>&1 </dev/null &`,
    );
    const part = `${file.path}.from-stick`;
    for (let n = 0; Number((await node.run(`wc -c <${part}`)).stdout) < 500_000; n++) {
      assert.ok(n < 200, await node.done('cat /tmp/log'));
      await pause(50);
    }
    assert.match(await mounted(), / ro,nosuid,nodev,noexec/);
    await stick.yank();
    for (let n = 0; !/^failed/m.test(await node.done('cat /tmp/log')); n++) {
      assert.ok(n < 200, await node.done('cat /tmp/log'));
      await pause(100);
    }
    assert.equal(copyFailure(await node.done('cat /tmp/log'), 'cp1')?.failure.code, 'gone-away');
    for (let n = 0; (await mounted()) !== ''; n++) {
      assert.ok(n < 100, await mounted());
      await pause(100);
    }
    assert.equal((await node.run(`ls ${part}`)).code, 2);

    await stick.plug();
    for (let n = 0; (await seen())?.length === 0; n++) {
      assert.ok(n < 100, 'the stick never came back');
      await pause(100);
    }
    assert.equal((await node.run(copyFromStick([file]).text)).code, 0);
    assert.equal(await node.done(whatIsThere([file]).text), `there ${file.as}\nend`);
    assert.equal(await mounted(), '');
    await stick.yank();
    assert.equal(sha256(readFileSync(image)), before, 'something was written to the stick');
  },
);

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { localFiles } from '../../main/machine/files.ts';
import { work } from '../../main/machine/work.ts';
import { openBag } from '../../main/services/supply/open-bag.ts';
import { ageKey } from '../support/age-key.ts';
import { folder } from '../support/folder.ts';
import { needs, needsQemu } from '../support/needs.ts';
import { qemuNode } from '../support/nodes/qemu.ts';
import { snapshotBytes, supplyBench } from '../support/supply.ts';

const root = join(import.meta.dirname, '../..');
const mebi = 2 ** 20;
/** How much of the bag has reached the stick when it is yanked, in tenths. */
const moments = [1, 4, 6, 9];
const run = (tool: string, ...args: readonly string[]): string =>
  execFileSync(tool, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** What a laptop needs to write an export: Node, our sources, the packages they load, and the bench with its snapshot. */
function laptop(into: string, bench: string): string {
  const files = join(into, 'laptop');
  mkdirSync(join(files, 'app/node_modules'), { recursive: true });
  for (const part of ['main', 'preload', 'resources', 'test/support', 'package.json'])
    cpSync(join(root, part), join(files, 'app', part), { recursive: true });
  const loaded = run('npm', 'ls', '--omit=dev', '--omit=optional', '--all', '--parseable', '--prefix', root)
    .trim()
    .split('\n')
    .slice(1);
  for (const path of loaded)
    cpSync(path, join(files, 'app', path.slice(root.length + 1)), { recursive: true, dereference: true });
  cpSync(process.execPath, join(files, 'node'));
  cpSync(bench, join(files, 'bench'), { recursive: true });
  const image = join(into, 'laptop.img');
  run('truncate', '-s', '700M', image);
  run('mkfs.ext4', '-q', '-d', files, image);
  return image;
}

test(
  'a stick on real USB is yanked during an export, plugged in again, and ends with a whole bag',
  { ...needs('qemu'), ...needsQemu() },
  async t => {
    const base = folder(t);
    const key = await ageKey();
    const bench = join(base, 'bench');
    const made = supplyBench({ folder: bench, recipients: [key.recipient] });
    made.keepToken();
    const snapshot = made.addSnapshot('2026-01-05T00:00:00.000Z', snapshotBytes(2500));
    made.store.close();
    const node = await qemuNode(t, { name: 'laptop' });
    await node.nvmeDisk(laptop(base, bench));
    const image = join(base, 'stick.img');
    run('truncate', '-s', '64M', image);
    run('mkfs.ext4', '-q', image);
    const stick = await node.usbStick(image);

    const until = async (what: string, command: string, tries = 300): Promise<void> => {
      for (let n = 0; (await node.run(command)).code !== 0; n++) {
        assert.ok(
          n < tries,
          `${what}: ${(await node.run('tail -c 2000 /tmp/log; dmesg | tail -n 5')).stdout}`,
        );
        await pause(200);
      }
    };
    const plugged = (): Promise<void> =>
      until('the stick comes', `ls /dev/sd[a-z] && mount /dev/sd[a-z] ${bench}/stick`);
    const begin = (): Promise<string> =>
      node.done(
        `cd /mnt/app && setsid sh -c '/mnt/node test/support/export-child.ts ${bench} ${key.recipient} >/tmp/log 2>&1; echo "ended $?" >>/tmp/log' </dev/null >/dev/null 2>&1 &`,
      );
    const throttle = async (): Promise<void> => {
      const id = /stick\d+/.exec(await node.hmp('info block'))?.[0] ?? '';
      await node.hmp(`block_set_io_throttle ${id} 0 0 600000 0 0 0`);
    };
    const bags = async (): Promise<string[]> =>
      (await node.done(`ls ${bench}/stick`)).split('\n').filter(name => name.startsWith('coldstart-'));

    await until('the disk comes', 'ls /dev/nvme0n1 && mount -o ro /dev/nvme0n1 /mnt');
    // At the same place as here: the journal knows where the copy of the snapshot lies.
    await node.done(`mkdir -p ${base} && cp -r /mnt/bench ${bench}`);
    await plugged();
    for (const tenths of moments) {
      await throttle();
      await begin();
      const wanted = Math.floor((10 * mebi * tenths) / 10);
      await until(
        `${tenths} tenths are on the stick`,
        `grep -q ended /tmp/log || [ "$(du -s --apparent-size -B1 ${bench}/stick | cut -f1)" -gt ${wanted} ]`,
      );
      await stick.yank();
      await until('the export ends', 'grep -q ended /tmp/log');
      await node.done(`umount -l ${bench}/stick; true`);
      await stick.plug();
      await plugged();
      const whole = (await bags()).filter(name => !name.endsWith('.partial'));
      assert.deepEqual(whole, [], `after ${tenths} tenths nothing looks whole`);
    }
    await begin();
    await until('the export ends well', 'grep -q "ended 0" /tmp/log', 900);
    const [bag = '', ...more] = await bags();
    assert.deepEqual(more, []);
    await node.done(`umount ${bench}/stick`);
    await stick.yank();

    // The medium itself, as headquarters gets it.
    const at = join(base, 'mounted');
    mkdirSync(at);
    run('mount', '-o', 'loop,ro', image, at);
    try {
      const hq = supplyBench({ recipients: [key.recipient] });
      const check = await hq.calls['bag.verify']({ path: join(at, bag) }, hq.context());
      assert.equal(check.complete, true, check.problems.join(' '));
      const opened = await openBag(join(at, bag), key.identity, join(base, 'opened'), {
        files: localFiles(),
        work: work(),
        signal: new AbortController().signal,
      });
      assert.ok(opened.some(file => file.sha256 === snapshot.sha256));
      assert.deepEqual(
        readdirSync(at).filter(name => name.endsWith('.partial')),
        [],
      );
      hq.close();
    } finally {
      run('umount', at);
    }
  },
);

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { failureOf } from '../../preload/contract/failure.ts';
import { localSticks } from '../../main/machine/sticks.ts';
import { stickService } from '../../main/services/sticks/service.ts';
import { ageKey } from '../support/age-key.ts';
import { needsRoot } from '../support/needs.ts';
import { supplyBench } from '../support/supply.ts';

const run = (tool: string, ...args: string[]): string =>
  execFileSync(tool, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** A site with a stick: a real file system on a loop device, which a stand-in for lsblk calls removable. */
async function plugged(t: TestContext) {
  const b = supplyBench({ recipients: [(await ageKey()).recipient] });
  const base = mkdtempSync(join(tmpdir(), 'coldstart-eject-'));
  // Not below /tmp: what lies there is the laptop's own and never a stick.
  const stick = mkdtempSync('/mnt/coldstart-eject-');
  const image = join(base, 'image');
  run('truncate', '-s', '64M', image);
  run('mkfs.ext4', '-q', '-F', image);
  run('mount', '-o', 'loop', image, stick);
  t.after(() => {
    try {
      run('umount', '-l', stick);
    } catch {
      // taken out by the test
    }
    b.close();
    rmSync(base, { recursive: true, force: true });
    rmSync(stick, { recursive: true, force: true });
  });
  const device = run('findmnt', '-n', '-o', 'SOURCE', stick).trim();
  const lsblk = join(base, 'lsblk');
  const answer = {
    blockdevices: [
      {
        name: device.replace('/dev/', ''),
        rm: true,
        ro: false,
        tran: 'usb',
        model: 'Ultra Fit',
        fstype: 'ext4',
        mountpoints: [stick],
      },
    ],
  };
  writeFileSync(lsblk, `#!/bin/sh\ncat <<'X'\n${JSON.stringify(answer)}\nX\n`);
  chmodSync(lsblk, 0o755);
  let busy: string | undefined;
  const { files, clock, work, chance } = b.parts;
  const { calls } = stickService({
    sticks: localSticks(lsblk),
    store: b.store,
    files,
    clock,
    work,
    chance,
    busyAt: () => busy,
  });
  b.keepToken();
  return {
    ...b,
    stick,
    device,
    eject: async (path = stick) => calls['stick.eject']({ path }, b.context()),
    list: async () => calls['stick.list']({}, b.context()),
    hold: (why: string | undefined) => void (busy = why),
  };
}
const isMounted = (path: string): boolean =>
  readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${path} `);

test(
  'a stick is safe only once it has left the mount table, and its bags have left with it',
  needsRoot(),
  async t => {
    const s = await plugged(t);
    const written = await s.calls['export.write']({ site: s.site.id, to: s.stick }, s.context());
    assert.equal(written.check.readBack, 'from-medium');
    assert.equal((await s.list())[0]?.lastExportAt, written.copies[0]?.writtenAt);
    const done = await s.eject();
    assert.deepEqual([done.safe, isMounted(s.stick)], [true, false]);
    assert.match(done.says, /^Safe to unplug/);
    const now = await s.calls['export.show']({ export: written.id }, s.context());
    assert.deepEqual([now.state, now.copies[0]?.leftAt !== undefined], ['left', true]);
  },
);

test('a stick in use is not safe, and who uses it is named', needsRoot(), async t => {
  const s = await plugged(t);
  const sleeper = spawn('sleep', ['60'], { cwd: s.stick, stdio: 'ignore' });
  t.after(() => sleeper.kill());
  await new Promise(done => sleeper.once('spawn', done));
  const refused = await s.eject();
  assert.deepEqual([refused.safe, isMounted(s.stick)], [false, true]);
  assert.match(refused.says, /^NOT safe to unplug: sleep \(process \d+\)/);
  sleeper.kill();
  await new Promise(done => sleeper.once('exit', done));
  assert.equal((await s.eject()).safe, true);
});

test('mounted at two places, it is safe when both are gone', needsRoot(), async t => {
  const s = await plugged(t);
  const second = join(s.folder, 'second');
  mkdirSync(second);
  run('mount', s.device, second);
  assert.equal((await s.eject()).safe, true);
  assert.deepEqual([isMounted(s.stick), isMounted(second)], [false, false]);
});

test(
  'while an export is written to it, and for a folder, nothing is unmounted and nothing is called safe',
  needsRoot(),
  async t => {
    const s = await plugged(t);
    s.hold('An export is being written to it.');
    const busy = await s.eject().catch((thrown: unknown) => failureOf(thrown));
    assert.ok('code' in busy && busy.code === 'refused');
    s.hold(undefined);
    const folder = join(s.stick, 'folder');
    mkdirSync(folder);
    for (const path of [folder, s.folder]) {
      const told = await s.eject(path).catch((thrown: unknown) => failureOf(thrown));
      assert.ok('code' in told && told.code === 'refused', path);
    }
    assert.equal(isMounted(s.stick), true);
  },
);

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'node:test';
import { sticksSeen } from '../../../../main/core/carry/looked.ts';
import { carryName } from '../../../../main/core/carry/names.ts';
import {
  arrived,
  copyFromStick,
  letGo,
  lookForSticks,
  whatIsThere,
} from '../../../../main/services/runbooks/carry/scripts.ts';
import type { Copying } from '../../../../main/services/runbooks/carry/scripts.ts';
import { needs, needsElsewhere, needsRoot } from '../../../support/needs.ts';
import { loopSticks, mounts } from '../../../support/loop-sticks.ts';
import { inShell, shells } from '../../../support/shells.ts';

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const contents = (name: string, bytes: Uint8Array, base: string): Copying => {
  const sha256 = sha(bytes);
  const path = join(base, 'stage', name);
  return {
    name,
    bytes: bytes.length,
    sha256,
    as: carryName({ name, sha256 }),
    path,
    endsAt: join(base, 'end', name),
  };
};
for (const { name, start, tool } of shells) {
  const options = {
    ...needsElsewhere(existsSync('/dev/loop-control'), 'loop devices, to play sticks'),
    ...needsRoot(),
    ...needs(...(tool ? [tool] : [])),
  };

  test(`${name}: a stick is found, its files are copied with their SHA-256, and it is let go`, options, t => {
    const node = loopSticks(t);
    const { where, base } = node;
    const [one, two] = [randomBytes(3_000_000), randomBytes(70_000)];
    const files = [contents('k3s', one, base), contents('images.tar.zst', two, base)];
    const run = (command: { text: string }) => inShell(start, command.text);
    const names = files.map(({ as }) => as);
    assert.deepEqual(sticksSeen(run(lookForSticks(names, where)).stdout), []);
    const loop = node.plug(
      'sdb',
      new Map([
        [names[0] ?? '', one],
        [names[1] ?? '', two],
      ]),
    );
    const before = sha(readFileSync(loop));

    const looked = run(lookForSticks(names, where));
    assert.equal(looked.stderr, '');
    assert.deepEqual(sticksSeen(looked.stdout), [
      { is: 'ours', device: 'sdb1', has: new Map(files.map(({ as, bytes }) => [as, bytes])) },
    ]);
    assert.deepEqual(mounts(where), []);
    assert.equal(existsSync(where.at), false);

    assert.equal(run(whatIsThere(files, where)).stdout, 'end\n');
    const copy = run(copyFromStick(files, where));
    assert.equal(copy.code, 0, copy.stdout + copy.stderr);
    for (const [i, bytes] of [one, two].entries())
      assert.equal(sha(readFileSync(files[i]?.path ?? '')), sha(bytes));
    assert.deepEqual(readdirSync(join(base, 'stage')).toSorted(), ['images.tar.zst', 'k3s']);
    assert.deepEqual(mounts(where), []);
    assert.equal(run(whatIsThere(files, where)).stdout, `there ${names[0]}\nthere ${names[1]}\nend\n`);
    assert.equal(sha(readFileSync(loop)), before, 'something was written to the stick');

    // What lies at its end already is not wanted from a stick, even from none.
    node.pull('sdb');
    mkdirSync(join(base, 'end'));
    writeFileSync(files[0]?.endsAt ?? '', one);
    rmSync(files[0]?.path ?? '');
    assert.equal(run(copyFromStick(files, where)).stdout, `there ${names[0]}\nthere ${names[1]}\n`);
    const [k3s] = files;
    assert.ok(k3s);
    assert.equal(run(arrived(k3s.path, k3s.endsAt, k3s.sha256)).code, 0);
    writeFileSync(k3s.path, 'x');
    writeFileSync(k3s.endsAt, 'x');
    assert.equal(run(arrived(k3s.path, k3s.endsAt, k3s.sha256)).code, 1);
  });

  test(`${name}: what is not the stick, or not whole on it, is told and left alone`, options, t => {
    const node = loopSticks(t);
    const { where, base } = node;
    const bytes = randomBytes(50_000);
    const file = contents('k3s', bytes, base);
    const run = (command: { text: string }) => inShell(start, command.text);
    const seen = () => sticksSeen(run(lookForSticks([file.as], where)).stdout);
    const failed = (): string => {
      const { code, stdout } = run(copyFromStick([file], where));
      assert.equal(code, 1, stdout);
      assert.deepEqual(mounts(where), []);
      assert.equal(existsSync(file.path), false);
      assert.deepEqual(existsSync(join(base, 'stage')) ? readdirSync(join(base, 'stage')) : [], []);
      return stdout.trim().split('\n').at(-1) ?? '';
    };
    node.plug('sda', new Map([[file.as, bytes]]), { removable: false });
    assert.deepEqual(seen(), []);
    node.plug('sdb', new Map([[file.as, bytes]]), { into: 'holiday' });
    node.plug('sdc', new Map(), { fileSystem: 'junk' });
    assert.deepEqual(seen(), [
      { is: 'other', device: 'sdb1' },
      { is: 'unreadable', device: 'sdc1', fileSystem: 'unknown', known: false },
    ]);
    assert.equal(failed(), 'failed none');

    node.plug('sdd', new Map([[file.as, bytes.subarray(1)]]));
    assert.equal(failed(), 'failed other k3s');
    node.pull('sdd');
    const flipped = Buffer.from(bytes);
    flipped[40_000] = (flipped[40_000] ?? 0) ^ 1;
    const loop = node.plug('sde', new Map([[file.as, flipped]]));
    assert.equal(failed(), 'failed other k3s');
    const media = join(base, 'media');
    mkdirSync(media);
    execFileSync('mount', ['-o', 'ro', loop, media]);
    try {
      assert.deepEqual(seen()?.at(-1), { is: 'held', device: 'sde1', at: media });
      assert.equal(failed(), 'failed none');
    } finally {
      execFileSync('umount', [media]);
    }
    node.plug('sdf', new Map());
    assert.equal(failed(), 'failed two sde1, sdf1');
    node.pull('sde');
    assert.equal(failed(), 'failed missing k3s');
  });

  test(`${name}: copying that is stopped lets the stick go and leaves nothing half`, options, async t => {
    const node = loopSticks(t);
    const { where, base } = node;
    const bytes = randomBytes(20_000_000);
    const file = contents('k3s', bytes, base);
    node.plug('sdb', new Map([[file.as, bytes]]));
    // A cp that never ends, as on a stick that hangs.
    const bin = join(base, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'cp'), '#!/bin/sh\nhead -c 1000 "$1" >"$2"\nexec sleep 60\n', { mode: 0o755 });
    const [program, ...args] = start;
    const child = spawn(
      program,
      [...args, copyFromStick([file], where).text.replace('LC_ALL=C;', `LC_ALL=C; PATH=${bin}:$PATH;`)],
      { stdio: 'pipe', detached: true },
    );
    const over = new Promise<void>(done => child.on('exit', () => done()));
    for (let n = 0; !existsSync(`${file.path}.from-stick`) && n < 100; n++) await pause(50);
    assert.equal(mounts(where).length, 1);
    assert.match(mounts(where)[0] ?? '', / ro,nosuid,nodev,noexec/);
    process.kill(-(child.pid ?? 0), 'SIGTERM');
    await over;
    // the shell that was told to stop may end before the one that tidies up does
    for (let n = 0; existsSync(where.at) && n < 100; n++) await pause(50);
    assert.deepEqual(mounts(where), []);
    assert.deepEqual(readdirSync(join(base, 'stage')), []);
    assert.equal(existsSync(where.at), false);
  });

  test(`${name}: a mount that a killed node-side program left behind is let go`, options, t => {
    const node = loopSticks(t);
    const loop = node.plug('sdb', new Map());
    const at = join(node.where.at, 'copy');
    mkdirSync(at, { recursive: true });
    execFileSync('mount', ['-o', 'ro', loop, at]);
    assert.equal(inShell(start, whatIsThere([], node.where).text).stdout, 'mounted\nend\n');
    assert.equal(inShell(start, letGo(node.where).text).code, 0);
    assert.deepEqual(mounts(node.where), []);
    assert.equal(existsSync(node.where.at), false);
  });
}

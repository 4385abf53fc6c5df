import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { FieldError } from '../../../preload/contract/failure.ts';
import { systemChance } from '../../../main/machine/chance.ts';
import { systemClock } from '../../../main/machine/clock.ts';
import { localFiles } from '../../../main/machine/files.ts';
import { work } from '../../../main/machine/work.ts';
import type { Work } from '../../../main/ports.ts';
import { checkCapacity } from '../../../main/services/sticks/check.ts';
import { folder } from '../../support/folder.ts';
import { needsRoot } from '../../support/needs.ts';

const mebi = 2 ** 20;
const never = new AbortController().signal;

/** A real ext4 of 24 MiB on a loop device; `image` is what the medium really holds. */
async function onStick(
  t: TestContext,
  doing: (stick: string, image: string) => Promise<void>,
): Promise<void> {
  const base = folder(t);
  const [image, stick] = [join(base, 'image'), join(base, 'stick')];
  mkdirSync(stick);
  writeFileSync(image, Buffer.alloc(24 * mebi));
  execFileSync('mkfs.ext4', ['-q', '-O', '^has_journal', image]);
  execFileSync('mount', ['-o', 'loop', image, stick]);
  try {
    await doing(stick, image);
  } finally {
    execFileSync('umount', [stick]);
  }
}

const deps = (more: Partial<Work> = {}) => ({
  files: localFiles(),
  clock: systemClock,
  chance: systemChance,
  work: { ...work(), ...more },
});

suite('a stick that is filled and read back', needsRoot(), () => {
  test('and keeps it all is told so, and is as empty as before', t =>
    onStick(t, async stick => {
      writeFileSync(join(stick, 'mine'), 'stays');
      const told: number[] = [];
      const found = await checkCapacity(deps(), stick, {
        signal: never,
        progress: ({ done }) => void told.push(done),
      });
      assert.equal(found.holds, true, found.says);
      assert.ok(found.bytes > 15 * mebi, `${found.bytes}`);
      assert.deepEqual(readdirSync(stick).toSorted(), ['lost+found', 'mine']);
      assert.ok(told.length > 0 && told.every((done, i) => done >= (told[i - 1] ?? 0)));
    }));

  test('and kept only half of it is found out past the memory of the laptop', t =>
    onStick(t, async (stick, image) => {
      const real = work();
      // The medium forgets its second half after it said that everything was written.
      const lying: Partial<Work> = {
        readBack: (paths, options) => {
          const medium = openSync(image, 'r+');
          for (let at = 12 * mebi; at < 24 * mebi; at += mebi)
            writeSync(medium, Buffer.alloc(mebi), 0, mebi, at);
          closeSync(medium);
          return real.readBack(paths, options);
        },
      };
      const found = await checkCapacity(deps(lying), stick, { signal: never, progress: () => undefined });
      assert.equal(found.holds, false);
      assert.match(found.says, /came back changed/);
      assert.equal(existsSync(join(stick, 'coldstart-check')), false);
    }));

  test('is left as it was when the check is stopped, and what a dead laptop left is taken away', t =>
    onStick(t, async stick => {
      mkdirSync(join(stick, 'coldstart-check'));
      writeFileSync(join(stick, 'coldstart-check/0.noise'), Buffer.alloc(4 * mebi));
      const stop = new AbortController();
      const stopped = checkCapacity(deps(), stick, {
        signal: stop.signal,
        progress: () => stop.abort(),
      });
      await assert.rejects(stopped, (thrown: FieldError) => thrown.failure.code === 'cancelled');
      assert.deepEqual(readdirSync(stick), ['lost+found']);
    }));

  test('is not called proven where only memory answers', async t => {
    const stick = join(folder(t), 'stick');
    mkdirSync(stick);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', stick]);
    try {
      await assert.rejects(
        checkCapacity(deps(), stick, { signal: never, progress: () => undefined }),
        (thrown: FieldError) => thrown.failure.code === 'refused',
      );
      assert.deepEqual(readdirSync(stick), []);
    } finally {
      execFileSync('umount', [stick]);
    }
  });
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A file system of its own in memory, as a stick or a small disk is. */
export interface TestDisk {
  readonly path: string;
  /** Changes how it is mounted, such as `ro` or `size=8m`. */
  remount(options: string): void;
  /** Takes it away at once, whoever has files on it open. */
  pull(): void;
}

/** Mounts a small file system (root only); it goes with the test. */
export function testDisk(t: TestContext, options: string): TestDisk {
  const path = mkdtempSync(join(tmpdir(), 'coldstart-disk-'));
  const pull = (): void => void execFileSync('umount', ['-l', path], { stdio: 'pipe' });
  let there = true;
  t.after(() => {
    if (there) pull();
    rmSync(path, { recursive: true, force: true });
  });
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'pipe' });
  return {
    path,
    remount: changed => void execFileSync('mount', ['-o', `remount,${changed}`, path], { stdio: 'pipe' }),
    pull: () => {
      pull();
      there = false;
    },
  };
}

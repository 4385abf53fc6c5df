import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

const MiB = 2 ** 20;

/** A stick-sized file system on a loop device: what did not reach the device is not in its image when it is pulled. */
export interface ImageStick {
  readonly path: string;
  /**
   * Pulls it as it is now: the copy of the image holds what had reached the device, and is what is plugged in again at the
   * same place.
   */
  replug(): void;
}

export function imageStick(t: TestContext, mebibytes = 96): ImageStick {
  const base = mkdtempSync(join(tmpdir(), 'coldstart-pulled-'));
  const path = join(base, 'stick');
  mkdirSync(path);
  let image = join(base, 'image-0');
  const run = (tool: string, ...args: string[]): string =>
    execFileSync(tool, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  run('truncate', '-s', String(mebibytes * MiB), image);
  run('mkfs.ext4', '-q', '-F', image);
  const mount = (): string => run('mount', '-o', 'loop', image, path);
  mount();
  t.after(() => {
    run('umount', '-l', path);
    rmSync(base, { recursive: true, force: true });
  });
  let plugged = 0;
  return {
    path,
    replug() {
      const copy = join(base, `image-${(plugged += 1)}`);
      copyFileSync(image, copy);
      run('umount', '-l', path);
      rmSync(image);
      image = copy;
      mount();
    },
  };
}

/** Carries a file until so many bytes are told, holds the program still, pulls the stick, and kills it. Gives what was told. */
export async function carriedUntil(
  stick: ImageStick,
  from: string,
  to: string,
  bytes: number,
): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'carry-child.ts'), from, to], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = 0;
  for await (const text of child.stdout) {
    told = Number(String(text).trim().split('\n').at(-1));
    if (told < bytes) continue;
    child.kill('SIGSTOP');
    break;
  }
  stick.replug();
  child.kill('SIGKILL');
  await new Promise(done =>
    child.exitCode === null && child.signalCode === null ? child.on('exit', done) : done(0),
  );
  return told;
}

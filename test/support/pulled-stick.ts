import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { localFiles } from '../../main/machine/files.ts';
import { work } from '../../main/machine/work.ts';
import { openBag } from '../../main/services/supply/open-bag.ts';
import { ageKey } from './age-key.ts';
import { seeded } from './supply-loops.ts';
import { snapshotBytes, supplyBench } from './supply.ts';

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

export function imageStick(t: TestContext, mebibytes = 96, at?: string): ImageStick {
  const base = mkdtempSync(join(tmpdir(), 'coldstart-pulled-'));
  const path = at ?? join(base, 'stick');
  mkdirSync(path, { recursive: true });
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

/**
 * Pulls the stick at random moments of an export, kills the app with it, plugs it in again as it was, and lets the app go on.
 * At no moment does anything but a whole bag look whole, and every round ends with a bag that opens.
 */
export async function pullExports(t: TestContext, rounds: number, seed: number): Promise<void> {
  const random = seeded(seed);
  const key = await ageKey();
  const signal = new AbortController().signal;
  for (let round = 0; round < rounds; round++) {
    const folder = mkdtempSync(join(tmpdir(), 'coldstart-pull-'));
    const stick = imageStick(t, 96, join(folder, 'stick'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const b = supplyBench({ folder, recipients: [key.recipient] });
    b.keepToken();
    const snapshot = b.addSnapshot('2026-01-05T00:00:00.000Z', snapshotBytes(4000));
    b.store.close();
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'export-child.ts'), folder, key.recipient],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const ended = once(child, 'exit');
    const line = 1 + random(60);
    let lines = 0;
    for await (const text of child.stdout) {
      lines += String(text).split('\n').length - 1;
      if (lines < line) continue;
      child.kill('SIGSTOP');
      break;
    }
    stick.replug();
    child.kill('SIGKILL');
    await ended;
    const bags = readdirSync(stick.path).filter(
      name => name.startsWith('coldstart-') && !name.endsWith('.partial'),
    );
    const after = supplyBench({ folder, recipients: [key.recipient] });
    for (const bag of bags) {
      const check = await after.calls['bag.verify']({ path: join(stick.path, bag) }, after.context());
      assert.equal(
        check.complete,
        true,
        `round ${round}, pulled at line ${line}: ${check.problems.join(' ')}`,
      );
    }
    const written = await after.calls['export.write'](
      { site: after.site.id, to: after.stick },
      after.context(),
    );
    const opened = await openBag(written.path, key.identity, join(folder, 'opened'), {
      files: localFiles(),
      work: work(),
      signal,
    });
    assert.ok(
      opened.some(file => file.sha256 === snapshot.sha256),
      `round ${round}, pulled at line ${line}`,
    );
    assert.deepEqual(
      readdirSync(stick.path).filter(name => name.endsWith('.partial')),
      [],
      `round ${round}, pulled at line ${line}`,
    );
    after.store.close();
  }
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
